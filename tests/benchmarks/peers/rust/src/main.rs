//! The peers written in Rust. Speaks as the C++ programs do (support/bench.hpp): without arguments
//! it tells its rows, with `work who` it takes one sample.

mod arc;
mod bench;
mod mpsc;
mod mutex;
mod rwlock;
mod thread;
mod word_counter;

fn main() {
    bench::serve(
        [
            arc::rows(),
            mpsc::rows(),
            mutex::rows(),
            rwlock::rows(),
            thread::rows(),
            word_counter::rows(),
        ]
        .concat(),
    );
}
