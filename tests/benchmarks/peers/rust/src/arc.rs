use std::sync::Arc;

use crate::bench::{crowded, repeated, Row, Sample, RUST};

#[inline(always)]
fn clone_and_drop(shared: &Arc<u64>) {
    drop(Arc::clone(shared));
}

fn alone() -> Sample {
    let shared = Arc::new(7);
    repeated(5_000_000, || clone_and_drop(&shared))
}

fn both_at_one() -> Sample {
    let shared = Arc::new(7);
    crowded(2, |_, _| clone_and_drop(&shared))
}

pub fn rows() -> Vec<Row> {
    vec![
        Row { work: "Arc clone+drop, 1 thread", who: RUST, measure: alone },
        Row { work: "Arc clone+drop, 2 threads on one", who: RUST, measure: both_at_one },
    ]
}
