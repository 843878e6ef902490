use crate::bench::{crowded, repeated, OwnLine, Row, Sample, RUST};

trait Lock: Default + Sync {
    fn add(&self);
}

impl Lock for OwnLine<std::sync::Mutex<u64>> {
    #[inline(always)]
    fn add(&self) {
        *self.0.lock().unwrap() += 1;
    }
}

impl Lock for OwnLine<parking_lot::Mutex<u64>> {
    #[inline(always)]
    fn add(&self) {
        *self.0.lock() += 1;
    }
}

fn alone<L: Lock>() -> Sample {
    let lock = L::default();
    repeated(5_000_000, || lock.add())
}

fn contended<L: Lock, const THREADS: usize>() -> Sample {
    let lock = L::default();
    crowded(THREADS, |_, _| lock.add())
}

pub fn rows() -> Vec<Row> {
    let mut rows = rows_of::<OwnLine<std::sync::Mutex<u64>>>(RUST);
    rows.extend(rows_of::<OwnLine<parking_lot::Mutex<u64>>>("parking_lot"));
    rows
}

fn rows_of<L: Lock>(who: &'static str) -> Vec<Row> {
    let row = |work, measure| Row { work, who, measure };
    vec![
        row("Mutex lock+unlock, 1 thread", alone::<L>),
        row("Mutex contended, 2 threads", contended::<L, 2>),
        row("Mutex contended, 4 threads", contended::<L, 4>),
        row("Mutex contended, 8 threads", contended::<L, 8>),
    ]
}
