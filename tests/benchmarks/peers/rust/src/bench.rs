//! The same measuring as in support/bench.hpp.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// What was measured once; times in nanoseconds an operation.
#[derive(Default)]
pub struct Sample {
    pub wall: f64,
    pub cpu: f64,
    pub longest_wait: Option<f64>,
    pub check: Option<u64>,
}

#[derive(Clone)]
pub struct Row {
    pub work: &'static str,
    pub who: &'static str,
    pub measure: fn() -> Sample,
}

/// Lock or counter on a line of its own.
#[repr(align(128))]
#[derive(Default)]
pub struct OwnLine<T>(pub T);

pub const RUST: &str = "Rust std";

pub struct Moment {
    wall: Instant,
    cpu: f64,
}

impl Moment {
    pub fn now() -> Self {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
        Moment { wall: Instant::now(), cpu: time.tv_sec as f64 * 1e9 + time.tv_nsec as f64 }
    }

    pub fn sample_until_now(&self, operations: f64) -> Sample {
        let now = Moment::now();
        Sample {
            wall: nanoseconds(now.wall - self.wall) / operations,
            cpu: (now.cpu - self.cpu) / operations,
            ..Sample::default()
        }
    }
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

/// Times `work()`, which does so many operations.
pub fn once(operations: f64, work: impl FnOnce()) -> Sample {
    let start = Moment::now();
    work();
    start.sample_until_now(operations)
}

/// Times one call of `operation()` out of very many, in many short slices: the median one counts.
pub fn repeated(times: u32, mut operation: impl FnMut()) -> Sample {
    const SLICES: u32 = 51;
    let samples = (0..=SLICES)
        .map(|_| {
            once((times / SLICES) as f64, || {
                for _ in 0..times / SLICES {
                    operation();
                }
            })
        })
        .collect();
    median(samples)
}

/// Of all samples but the first, which found everything cold.
pub fn median(mut samples: Vec<Sample>) -> Sample {
    samples.remove(0);
    samples.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    samples.swap_remove(samples.len() / 2)
}

/// Keeps `threads` threads calling `operation(thread, i)` for a tenth of a second, then once more
/// with a clock round every call, for the longest wait.
pub fn crowded(threads: usize, operation: impl Fn(usize, u64) + Sync) -> Sample {
    let (mut sample, _) = crowd(threads, |thread, i| {
        operation(thread, i);
        0.0
    });
    let (_, longest) = crowd(threads, |thread, i| {
        let before = Instant::now();
        operation(thread, i);
        nanoseconds(before.elapsed())
    });
    sample.longest_wait = Some(longest);
    sample
}

fn crowd(threads: usize, call: impl Fn(usize, u64) -> f64 + Sync) -> (Sample, f64) {
    let stop = OwnLine(AtomicBool::new(false));
    let ready = Barrier::new(threads + 1);
    let work = |thread| {
        let mut i = 0;
        let mut longest: f64 = 0.0;
        ready.wait();
        while !stop.0.load(Ordering::Relaxed) {
            for _ in 0..16 {
                longest = longest.max(call(thread, i));
                i += 1;
            }
        }
        (i as f64, longest)
    };
    thread::scope(|scope| {
        let work = &work;
        let crowd: Vec<_> = (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        ready.wait();
        let start = Moment::now();
        thread::sleep(Duration::from_millis(100));
        stop.0.store(true, Ordering::Relaxed);
        let (mut operations, mut longest) = (0.0, 0.0_f64);
        for thread in crowd {
            let (its_operations, its_longest) = thread.join().unwrap();
            operations += its_operations;
            longest = longest.max(its_longest);
        }
        (start.sample_until_now(operations), longest)
    })
}

pub fn serve(rows: Vec<Row>) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.len() != 2 {
        for row in rows {
            println!("{}\t{}", row.work, row.who);
        }
        return;
    }
    let row = rows
        .iter()
        .find(|row| row.work == arguments[0] && row.who == arguments[1])
        .expect("no such row and contender");
    let sample = (row.measure)();
    println!("wall={:.3}\ncpu={:.3}", sample.wall, sample.cpu);
    if let Some(longest) = sample.longest_wait {
        println!("longest_wait={longest:.0}");
    }
    if let Some(check) = sample.check {
        println!("check={check:016x}");
    }
}
