//! The peers written in Rust. Speaks as the C++ programs do (support/bench.hpp): without arguments
//! it tells its rows, with `work who` it takes one sample.

mod arc;
mod bench;
mod mpsc;
mod mutex;
mod runtimes;
mod rwlock;
mod thread;
mod tokio_runtime;
mod tokio_sync;
mod tokio_time;
mod word_counter;

fn main() {
    bench::serve(
        [
            arc::rows(),
            mpsc::rows(),
            mutex::rows(),
            rwlock::rows(),
            thread::rows(),
            tokio_runtime::rows(),
            tokio_sync::rows(),
            tokio_time::rows(),
            word_counter::rows(),
        ]
        .concat(),
    );
}
