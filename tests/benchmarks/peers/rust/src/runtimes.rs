//! The same as in support/runtimes.hpp.

use std::future::Future;
use std::thread;

use tokio::runtime::{Builder, Runtime};

use crate::bench::{median, Moment, Sample};

pub const TOKIO: &str = "Tokio";

#[derive(Clone, Copy)]
pub enum Kind {
    CurrentThread,
    TwoWorkers,
}

pub use Kind::{CurrentThread, TwoWorkers};

pub fn runtime(kind: Kind) -> Runtime {
    match kind {
        CurrentThread => Builder::new_current_thread(),
        TwoWorkers => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(2);
            builder
        }
    }
    .enable_all()
    .build()
    .unwrap()
}

/// So that the C library does not take this process for one without threads.
pub fn second_thread() {
    thread::spawn(|| loop {
        thread::park();
    });
}

/// Runs `work()`, a future that does so many operations, in so many slices, of which the median
/// counts. With two workers it is a task: "from inside".
pub fn on<Work, Done>(kind: Kind, slices: u32, operations: f64, work: Work) -> Sample
where
    Work: Fn() -> Done + Send + 'static,
    Done: Future<Output = u64> + Send,
{
    second_thread();
    let runtime = runtime(kind);
    let measured = async move {
        let mut samples = Vec::new();
        for _ in 0..=slices {
            let start = Moment::now();
            let check = work().await;
            let mut sample = start.sample_until_now(operations);
            sample.check = Some(check);
            samples.push(sample);
        }
        median(samples)
    };
    match kind {
        CurrentThread => runtime.block_on(measured),
        TwoWorkers => runtime.block_on(runtime.spawn(measured)).unwrap(),
    }
}
