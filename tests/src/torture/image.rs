//! A power cut: the folder as it may lie on the disk afterwards, which is what was durable and some of the rest.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use super::dice::Dice;
use super::disk::{Disk, Edit, File, Folder, Id, Node, ROOT};

/// A disk writes this many bytes as a whole or not at all.
const SECTOR: usize = 512;

impl Disk {
    /// Writes one of the possible images to `target`, which does not exist.
    pub(super) fn power_cut(&self, target: &Path, dice: &mut Dice) {
        let names = self.names(dice);
        self.write(ROOT, target, &names, &mut HashMap::new(), dice);
    }

    fn folders(&self) -> impl Iterator<Item = (Id, &Folder)> {
        self.nodes.iter().enumerate().filter_map(|(id, node)| match node {
            Node::Folder(folder) => Some((id, folder)),
            Node::File(_) => None,
        })
    }

    /// Per folder the names that are left: its changes happened in order, up to some point.
    fn names(&self, dice: &mut Dice) -> HashMap<Id, BTreeMap<String, Id>> {
        let mut counts: HashMap<Id, usize> =
            self.folders().map(|(id, folder)| (id, happened(folder.pending.len(), dice))).collect();
        while let Some((id, count)) = self.half_a_rename(&counts) {
            counts.insert(id, count);
        }
        let left = |(id, folder): (Id, &Folder)| {
            let mut names = folder.durable.clone();
            folder.pending[..counts[&id]].iter().for_each(|change| change.apply(&mut names));
            (id, names)
        };
        self.folders().map(left).collect()
    }

    /// A folder that has to come as far as another one with which it shares a rename.
    fn half_a_rename(&self, counts: &HashMap<Id, usize>) -> Option<(Id, usize)> {
        self.folders().find_map(|(id, folder)| {
            folder.pending[..counts[&id]].iter().find_map(|change| {
                let other = change.other?;
                let Node::Folder(folder) = &self.nodes[other] else { return None };
                let least = folder.pending.iter().take_while(|its| its.at <= change.at).count();
                (counts[&other] < least).then_some((other, least))
            })
        })
    }

    fn write(
        &self,
        id: Id,
        path: &Path,
        names: &HashMap<Id, BTreeMap<String, Id>>,
        contents: &mut HashMap<Id, Vec<u8>>,
        dice: &mut Dice,
    ) {
        match &self.nodes[id] {
            Node::File(file) => {
                // a file with two names has one content
                let content = contents.entry(id).or_insert_with(|| content(file, dice));
                fs::write(path, content).expect("the test's folder can be written");
            }
            Node::Folder(_) => {
                fs::create_dir(path).expect("the test's folder can be written");
                names[&id].iter().for_each(|(name, child)| self.write(*child, &path.join(name), names, contents, dice));
            }
        }
    }
}

fn happened(pending: usize, dice: &mut Dice) -> usize {
    match dice.below(4) {
        0 => 0,
        1 => pending,
        _ => dice.below(pending + 1),
    }
}

/// The durable bytes and some of the pending ones: none, all, or any of them with the last one torn. A longer length
/// may be on the disk before the bytes are, which then are zeros.
fn content(file: &File, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = file.durable.clone();
    match dice.below(4) {
        0 => {}
        1 => file.pending.iter().for_each(|(_, edit)| edit.apply(&mut bytes)),
        _ => {
            let mut some: Vec<&Edit> = file.pending.iter().map(|(_, edit)| edit).filter(|_| dice.percent(60)).collect();
            let torn = some.pop();
            some.into_iter().for_each(|edit| edit.apply(&mut bytes));
            torn.into_iter().flat_map(|edit| tear(edit, dice)).for_each(|edit| edit.apply(&mut bytes));
        }
    }
    if dice.percent(30) {
        bytes.resize(bytes.len().max(file.live().len()), 0);
    }
    bytes
}

/// The sectors of a write that reached the disk: the first ones, or any.
fn tear(edit: &Edit, dice: &mut Dice) -> Vec<Edit> {
    let Edit::Write { offset, bytes } = edit else { return vec![edit.clone()] };
    let mut sectors = Vec::new();
    let mut from = 0;
    while from < bytes.len() {
        let to = bytes.len().min(from + SECTOR - (offset + from) % SECTOR);
        sectors.push(Edit::Write { offset: offset + from, bytes: bytes[from..to].to_vec() });
        from = to;
    }
    if dice.percent(50) {
        sectors.truncate(dice.below(sectors.len() + 1));
    } else {
        sectors.retain(|_| dice.percent(50));
    }
    sectors
}
