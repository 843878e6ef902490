use std::hint::black_box;

use crate::bench::{crowded, repeated, OwnLine, Row, Sample, RUST};

trait Lock: Default + Sync {
    fn read(&self) -> u64;
    fn write(&self);
}

impl Lock for OwnLine<std::sync::RwLock<u64>> {
    #[inline(always)]
    fn read(&self) -> u64 {
        *self.0.read().unwrap()
    }
    #[inline(always)]
    fn write(&self) {
        *self.0.write().unwrap() += 1;
    }
}

impl Lock for OwnLine<parking_lot::RwLock<u64>> {
    #[inline(always)]
    fn read(&self) -> u64 {
        *self.0.read()
    }
    #[inline(always)]
    fn write(&self) {
        *self.0.write() += 1;
    }
}

fn alone<L: Lock>() -> Sample {
    let lock = L::default();
    repeated(5_000_000, || {
        black_box(lock.read());
    })
}

fn two_readers<L: Lock>() -> Sample {
    let lock = L::default();
    crowded(2, |_, _| {
        black_box(lock.read());
    })
}

fn mostly_reads<L: Lock>() -> Sample {
    let lock = L::default();
    crowded(4, |thread, i| {
        if (i + 5 * thread as u64) % 20 == 0 {
            lock.write();
        } else {
            black_box(lock.read());
        }
    })
}

pub fn rows() -> Vec<Row> {
    let mut rows = rows_of::<OwnLine<std::sync::RwLock<u64>>>(RUST);
    rows.extend(rows_of::<OwnLine<parking_lot::RwLock<u64>>>("parking_lot"));
    rows
}

fn rows_of<L: Lock>(who: &'static str) -> Vec<Row> {
    let row = |work, measure| Row { work, who, measure };
    vec![
        row("RwLock read, 1 thread", alone::<L>),
        row("RwLock read, 2 threads", two_readers::<L>),
        row("RwLock 95 % reads, 4 threads", mostly_reads::<L>),
    ]
}
