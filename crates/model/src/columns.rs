//! Messages as columns: the form in which they travel from the decoder through the journal to both layers.

use crate::{Health, Time, Utilization};
use std::collections::HashMap;

/// A text column with a dictionary: each distinct text is stored once, a row is an index into it.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    dictionary: Vec<Box<str>>,
    rows: Vec<u32>,
    lookup: HashMap<Box<str>, u32>,
}

/// The index of a row without a text.
const ABSENT: u32 = u32::MAX;

impl TextColumn {
    pub fn push(&mut self, text: Option<&str>) {
        let row = match text {
            None => ABSENT,
            Some(text) => match self.lookup.get(text) {
                Some(&index) => index,
                None => self.learn(text),
            },
        };
        self.rows.push(row);
    }

    fn learn(&mut self, text: &str) -> u32 {
        let index = u32::try_from(self.dictionary.len()).expect("a batch holds far fewer than 2³² texts");
        self.dictionary.push(text.into());
        self.lookup.insert(text.into(), index);
        index
    }

    /// From its parts, as a file holds them: `None` when a row points outside the dictionary.
    pub fn from_parts(dictionary: Vec<Box<str>>, rows: Vec<u32>) -> Option<TextColumn> {
        let inside = |row: &u32| *row == ABSENT || (*row as usize) < dictionary.len();
        // a column read from a file is not appended to, so it needs no lookup
        rows.iter().all(inside).then(|| TextColumn { dictionary, rows, lookup: HashMap::new() })
    }

    pub fn get(&self, row: usize) -> Option<&str> {
        self.dictionary.get(self.rows[row] as usize).map(AsRef::as_ref)
    }

    pub fn dictionary(&self) -> &[Box<str>] {
        &self.dictionary
    }

    /// Indexes into the dictionary; `u32::MAX` is a row without a text.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    fn clear(&mut self) {
        self.dictionary.clear();
        self.rows.clear();
        self.lookup.clear();
    }
}

/// One health message with its texts borrowed, as a decoder or a column gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message<'a> {
    pub service: &'a str,
    pub instance: Option<&'a str>,
    /// The sender's time.
    pub time: Time,
    /// When the collector took it from the socket, request or file.
    pub received: Time,
    /// A share from 0 to 1.
    pub cpu: f64,
    /// As sent, in GB.
    pub ram_total: f64,
    pub ram_free: f64,
    pub disk_total: f64,
    pub disk_free: f64,
    pub sender: Option<&'a str>,
    pub sequence: Option<i64>,
    /// Unknown keys as one JSON object.
    pub extra: Option<&'a str>,
}

impl Message<'_> {
    pub fn health(&self) -> Health {
        health(self.cpu, [self.ram_total, self.ram_free], [self.disk_total, self.disk_free])
    }
}

fn health(cpu: f64, [ram_total, ram_free]: [f64; 2], [disk_total, disk_free]: [f64; 2]) -> Health {
    Health {
        cpu: Utilization::of_cpu(cpu),
        ram: Utilization::of_capacity(ram_total, ram_free),
        disk: Utilization::of_capacity(disk_total, disk_free),
    }
}

/// A batch of health messages, column by column; every column has one entry per message.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    pub service: TextColumn,
    pub instance: TextColumn,
    /// Microseconds since 1970, UTC.
    pub time: Vec<i64>,
    /// Microseconds since 1970, UTC.
    pub received: Vec<i64>,
    pub cpu: Vec<f64>,
    pub ram_total: Vec<f64>,
    pub ram_free: Vec<f64>,
    pub disk_total: Vec<f64>,
    pub disk_free: Vec<f64>,
    pub sender: TextColumn,
    pub sequence: Vec<Option<i64>>,
    pub extra: TextColumn,
}

impl Messages {
    pub fn len(&self) -> usize {
        self.time.len()
    }

    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    pub fn push(&mut self, message: &Message<'_>) {
        self.service.push(Some(message.service));
        self.instance.push(message.instance);
        self.time.push(message.time.as_micros());
        self.received.push(message.received.as_micros());
        self.cpu.push(message.cpu);
        self.ram_total.push(message.ram_total);
        self.ram_free.push(message.ram_free);
        self.disk_total.push(message.disk_total);
        self.disk_free.push(message.disk_free);
        self.sender.push(message.sender);
        self.sequence.push(message.sequence);
        self.extra.push(message.extra);
    }

    /// # Panics
    /// When `row` is not below `len`.
    pub fn get(&self, row: usize) -> Message<'_> {
        Message {
            service: self.service.get(row).unwrap_or_default(),
            instance: self.instance.get(row),
            time: Time::from_micros(self.time[row]),
            received: Time::from_micros(self.received[row]),
            cpu: self.cpu[row],
            ram_total: self.ram_total[row],
            ram_free: self.ram_free[row],
            disk_total: self.disk_total[row],
            disk_free: self.disk_free[row],
            sender: self.sender.get(row),
            sequence: self.sequence[row],
            extra: self.extra.get(row),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Message<'_>> {
        (0..self.len()).map(|row| self.get(row))
    }

    pub fn health(&self, row: usize) -> Health {
        let ram = [self.ram_total[row], self.ram_free[row]];
        let disk = [self.disk_total[row], self.disk_free[row]];
        health(self.cpu[row], ram, disk)
    }

    /// Empties the columns and keeps their memory.
    pub fn clear(&mut self) {
        for texts in [&mut self.service, &mut self.instance, &mut self.sender, &mut self.extra] {
            texts.clear();
        }
        for times in [&mut self.time, &mut self.received] {
            times.clear();
        }
        let sizes = [&mut self.ram_total, &mut self.ram_free, &mut self.disk_total, &mut self.disk_free];
        for numbers in sizes.into_iter().chain([&mut self.cpu]) {
            numbers.clear();
        }
        self.sequence.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(service: &str) -> Message<'_> {
        Message {
            service,
            instance: None,
            time: Time::from_micros(1),
            received: Time::from_micros(2),
            cpu: 0.25,
            ram_total: 16.0,
            ram_free: 4.0,
            disk_total: 512.0,
            disk_free: 128.0,
            sender: None,
            sequence: None,
            extra: None,
        }
    }

    #[test]
    fn columns_give_back_what_was_pushed() {
        let full =
            Message { instance: Some("a-1"), sender: Some("s"), sequence: Some(-7), extra: Some("{}"), ..message("a") };
        let rows = [message("a"), full, message("b"), message("a")];
        let mut columns = Messages::default();
        rows.iter().for_each(|row| columns.push(row));
        assert_eq!(columns.iter().collect::<Vec<_>>(), rows);
        assert_eq!(columns.service.dictionary().len(), 2);
        assert_eq!(columns.health(1), rows[1].health());
        assert_eq!(rows[0].health().ram.billionths(), 750_000_000);
        columns.clear();
        assert!(columns.is_empty());
        columns.push(&rows[2]);
        assert_eq!(columns.get(0), rows[2]);
    }

    #[test]
    fn a_row_outside_the_dictionary_is_refused() {
        assert!(TextColumn::from_parts(vec!["a".into()], vec![0, ABSENT]).is_some());
        assert!(TextColumn::from_parts(vec!["a".into()], vec![1]).is_none());
    }
}
