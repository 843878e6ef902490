use std::hint::black_box;

use crate::bench::{repeated, Row, Sample, RUST};

fn spawn_and_join() -> Sample {
    repeated(2_000, || {
        black_box(std::thread::spawn(|| black_box(1) + 1).join().unwrap());
    })
}

pub fn rows() -> Vec<Row> {
    vec![Row { work: "thread spawn+join", who: RUST, measure: spawn_and_join }]
}
