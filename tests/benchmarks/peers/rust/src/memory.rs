//! What Tokio's tasks take. A program of its own, for to count costs time, too.

#[allow(dead_code)]
mod bench;
#[allow(dead_code)]
mod runtimes;

use std::alloc::{GlobalAlloc, Layout, System};
use std::future::{pending, Future};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use bench::{Row, Sample};
use runtimes::{runtime, CurrentThread, TOKIO};
use tokio::task::{spawn, yield_now};
use tokio::time::sleep;

struct Counting;

static LIVE: AtomicI64 = AtomicI64::new(0);

/// What the block really has, the allocator's rounding included.
unsafe fn usable(block: *mut u8) -> i64 {
    libc::malloc_usable_size(block.cast()) as i64
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = System.alloc(layout);
        LIVE.fetch_add(usable(block), Ordering::Relaxed);
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE.fetch_sub(usable(block), Ordering::Relaxed);
        System.dealloc(block, layout);
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn heap() -> f64 {
    LIVE.load(Ordering::Relaxed) as f64
}

fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as f64
}

static BEGUN: AtomicUsize = AtomicUsize::new(0); // tasks, of one thread

fn begin() {
    BEGUN.fetch_add(1, Ordering::Relaxed);
}

/// What a task takes by `measure`, once it waits. A few at a time, so that no queue grows.
fn of_a_task<Task, Wait>(measure: fn() -> f64, tasks: usize, task: Task) -> Sample
where
    Task: Fn() -> Wait,
    Wait: Future<Output = ()> + Send + 'static,
{
    const FEW: usize = 100;
    let runtime = runtime(CurrentThread);
    let bytes = runtime.block_on(async {
        let mut before = 0.0;
        for spawned in (0..tasks + FEW).step_by(FEW) {
            if spawned == FEW {
                before = measure(); // the first ones also made what all share
            }
            for _ in 0..FEW {
                spawn(task());
            }
            while BEGUN.load(Ordering::Relaxed) < spawned + FEW {
                yield_now().await;
            }
        }
        measure() - before
    });
    std::mem::forget(runtime); // its end is not to be measured
    Sample { wall: bytes / tasks as f64, ..Sample::default() }
}

async fn waits() {
    begin();
    pending().await
}

async fn sleeps() {
    begin();
    sleep(Duration::from_secs(3_600)).await
}

fn main() {
    let row = |work, measure| Row { work, who: TOKIO, measure };
    bench::serve(vec![
        row("memory of a pending task", || of_a_task(heap, 10_000, waits)),
        row("memory of a sleeping task", || of_a_task(heap, 10_000, sleeps)),
        row("resident, 1,000,000 pending tasks", || of_a_task(resident, 1_000_000, waits)),
        row("resident, 1,000,000 sleeping tasks", || of_a_task(resident, 1_000_000, sleeps)),
    ]);
}
