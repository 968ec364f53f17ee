//! A model of the file system under the data folder, which knows what a power cut may leave of it.
//!
//! Bytes of a file are durable once a sync of that file that began after them has succeeded; names of a folder once a
//! sync of that folder has. Everything later is *pending*. That is as strict as the standard allows, and stricter than
//! the file systems in use.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use super::Fact;
use super::recording::Record;
use super::segment;

/// What became of the folder, up to some point of a recording.
#[derive(Debug)]
pub(super) struct Disk {
    pub(super) nodes: Vec<Node>,
    /// Counts the changes.
    now: u64,
    /// Syncs that have begun: of what, and when.
    syncs: HashMap<u64, (Id, u64)>,
    /// Messages of frames in segments that are gone by now: all, and those that were synced before.
    gone: Seen,
}

/// The folder itself is the first.
pub(super) type Id = usize;
pub(super) const ROOT: Id = 0;

#[derive(Clone, Debug)]
pub(super) enum Node {
    File(File),
    Folder(Folder),
}

#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub(super) durable: Vec<u8>,
    pub(super) pending: Vec<(u64, Edit)>,
}

#[derive(Clone, Debug)]
pub(super) enum Edit {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    pub(super) durable: BTreeMap<String, Id>,
    live: BTreeMap<String, Id>,
    /// In order.
    pub(super) pending: Vec<Renaming>,
}

/// One change of a folder's names.
#[derive(Clone, Debug)]
pub(super) struct Renaming {
    pub(super) at: u64,
    removed: Option<String>,
    added: Option<(String, Id)>,
    /// A rename between two folders stands in both, and happens in both or in none.
    pub(super) other: Option<Id>,
}

/// Messages that were in whole frames of journals: all of them, and those that a sync had made durable.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) written: Vec<Fact>,
    pub(super) synced: Vec<Fact>,
}

impl Disk {
    /// A folder as it lies there, all of it durable.
    pub(super) fn load(folder: &Path) -> Self {
        let nodes = vec![Node::Folder(Folder::default())];
        let mut disk = Self { nodes, now: 0, syncs: HashMap::new(), gone: Seen::default() };
        if folder.is_dir() {
            disk.load_into(ROOT, folder);
        }
        disk
    }

    fn load_into(&mut self, id: Id, folder: &Path) {
        for entry in fs::read_dir(folder).expect("a folder of the test").flatten() {
            let (path, child) = (entry.path(), self.nodes.len());
            if path.is_dir() {
                self.nodes.push(Node::Folder(Folder::default()));
                self.load_into(child, &path);
            } else {
                let durable = fs::read(&path).expect("a file of the test");
                self.nodes.push(Node::File(File { durable, pending: Vec::new() }));
            }
            let name = entry.file_name().to_string_lossy().into_owned();
            let folder = self.folder(id);
            folder.durable.insert(name.clone(), child);
            folder.live.insert(name, child);
        }
    }

    pub(super) fn apply(&mut self, record: &Record) {
        self.now += 1;
        match record {
            // the data folder itself is made by the first start, and a power cut before it leaves nothing to look at
            Record::Mkdir { path } if path.is_empty() => {}
            Record::Create { path } => self.add(path, Node::File(File::default())),
            Record::Mkdir { path } => self.add(path, Node::Folder(Folder::default())),
            Record::Write { path, offset, bytes } => {
                self.edit(path, Edit::Write { offset: size(*offset), bytes: bytes.clone() });
            }
            Record::Truncate { path, length } => self.edit(path, Edit::Truncate(size(*length))),
            Record::Rename { from, to } => self.rename(from, to),
            Record::Link { from, to } => {
                let id = self.find(from);
                self.change(to, |name| (None, Some((name, id))), None);
            }
            Record::Unlink { path } | Record::Rmdir { path } => {
                self.note_gone(path);
                self.change(path, |name| (Some(name), None), None);
            }
            Record::SyncBegins { path, number } => {
                let begun = (self.find(path), self.now);
                self.syncs.insert(*number, begun);
            }
            Record::Synced { number } => {
                let (id, began) = self.syncs.remove(number).expect("a sync begins before it ends");
                self.sync(id, began);
            }
            Record::Fault { .. } => {}
        }
    }

    /// The messages of all whole frames that were ever in a journal since the beginning.
    pub(super) fn seen(&self) -> Seen {
        let mut seen = self.gone.clone();
        let mut folders = vec![(ROOT, String::new())];
        while let Some((id, path)) = folders.pop() {
            let Node::Folder(folder) = &self.nodes[id] else { continue };
            for (name, child) in &folder.live {
                let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                match &self.nodes[*child] {
                    Node::Folder(_) => folders.push((*child, path)),
                    Node::File(file) if is_segment(&path) => seen.add(file),
                    Node::File(_) => {}
                }
            }
        }
        seen
    }

    fn note_gone(&mut self, path: &str) {
        if is_segment(path)
            && let Node::File(file) = self.nodes[self.find(path)].clone()
        {
            self.gone.add(&file);
        }
    }

    fn folder(&mut self, id: Id) -> &mut Folder {
        match &mut self.nodes[id] {
            Node::Folder(folder) => folder,
            Node::File(_) => panic!("a file is used as a folder"),
        }
    }

    fn find(&self, path: &str) -> Id {
        path.split('/').filter(|name| !name.is_empty()).fold(ROOT, |id, name| match &self.nodes[id] {
            Node::Folder(folder) => *folder.live.get(name).unwrap_or_else(|| panic!("{path} is not there")),
            Node::File(_) => panic!("{path}: a file is used as a folder"),
        })
    }

    fn add(&mut self, path: &str, node: Node) {
        let id = self.nodes.len();
        self.nodes.push(node);
        self.change(path, |name| (None, Some((name, id))), None);
    }

    fn edit(&mut self, path: &str, edit: Edit) {
        let (id, at) = (self.find(path), self.now);
        match &mut self.nodes[id] {
            Node::File(file) => file.pending.push((at, edit)),
            Node::Folder(_) => panic!("{path}: a folder is written to"),
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        self.note_gone(from);
        let id = self.find(from);
        let (old, new) = (self.find(above(from)), self.find(above(to)));
        if old == new {
            let removed = last(from).to_owned();
            self.change(to, |name| (Some(removed), Some((name, id))), None);
        } else {
            self.change(from, |name| (Some(name), None), Some(new));
            self.change(to, |name| (None, Some((name, id))), Some(old));
        }
    }

    fn change(
        &mut self,
        path: &str,
        what: impl FnOnce(String) -> (Option<String>, Option<(String, Id)>),
        other: Option<Id>,
    ) {
        let (id, at) = (self.find(above(path)), self.now);
        let (removed, added) = what(last(path).to_owned());
        let renaming = Renaming { at, removed, added, other };
        let folder = self.folder(id);
        renaming.apply(&mut folder.live);
        folder.pending.push(renaming);
    }

    /// Makes durable what was pending when the sync began.
    fn sync(&mut self, id: Id, began: u64) {
        match &mut self.nodes[id] {
            Node::File(file) => {
                let count = file.pending.iter().take_while(|(at, _)| *at <= began).count();
                file.pending.drain(..count).for_each(|(_, edit)| edit.apply(&mut file.durable));
            }
            Node::Folder(folder) => {
                let count = folder.pending.iter().take_while(|change| change.at <= began).count();
                let done: Vec<_> = folder.pending.drain(..count).collect();
                done.iter().for_each(|change| change.apply(&mut folder.durable));
                done.iter()
                    .filter_map(|change| Some((change.other?, change.at)))
                    .for_each(|(id, at)| self.sync(id, at));
            }
        }
    }
}

impl Seen {
    fn add(&mut self, file: &File) {
        let facts = |bytes: &[u8]| segment::read(bytes).map(|segment| segment.facts).unwrap_or_default();
        self.written.extend(facts(&file.live()));
        self.synced.extend(facts(&file.durable));
    }
}

impl File {
    pub(super) fn live(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        self.pending.iter().for_each(|(_, edit)| edit.apply(&mut bytes));
        bytes
    }
}

impl Edit {
    pub(super) fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                to.resize(to.len().max(end), 0);
                to[*offset..end].copy_from_slice(bytes);
            }
            Self::Truncate(length) => to.resize(*length, 0),
        }
    }
}

impl Renaming {
    pub(super) fn apply(&self, names: &mut BTreeMap<String, Id>) {
        self.removed.as_ref().map(|name| names.remove(name));
        self.added.clone().map(|(name, id)| names.insert(name, id));
    }
}

fn is_segment(path: &str) -> bool {
    path.starts_with("journal/") && path.ends_with(".seg")
}

fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

fn size(number: u64) -> usize {
    usize::try_from(number).expect("files of a test fit into memory")
}
