use std::hint::black_box;

use tokio::sync::oneshot;
use tokio::task::{spawn, spawn_blocking, yield_now};

use crate::bench::{repeated, Row, Sample};
use crate::runtimes::{on, runtime, second_thread, CurrentThread, Kind, TwoWorkers, TOKIO};

async fn itself(n: u64) -> u64 {
    black_box(n)
}

fn spawn_and_await(kind: Kind) -> Sample {
    const TASKS: u64 = 1_000;
    on(kind, 101, TASKS as f64, || async {
        let mut sum = 0;
        for i in 0..TASKS {
            sum += spawn(itself(i)).await.unwrap();
        }
        sum
    })
}

fn spawn_and_join(kind: Kind) -> Sample {
    const TASKS: u64 = 10_000;
    on(kind, 31, TASKS as f64, || async {
        let mut handles = Vec::with_capacity(TASKS as usize);
        for i in 0..TASKS {
            handles.push(spawn(itself(i)));
        }
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.unwrap();
        }
        sum
    })
}

async fn yields(times: u64) -> u64 {
    let mut yielded = 0;
    for _ in 0..times {
        yield_now().await;
        yielded += 1;
    }
    yielded
}

fn yields_of_tasks(kind: Kind) -> Sample {
    const TASKS: u64 = 200;
    const TIMES: u64 = 1_000;
    on(kind, 11, (TASKS * TIMES) as f64, || async {
        let mut handles = Vec::with_capacity(TASKS as usize);
        for _ in 0..TASKS {
            handles.push(spawn(yields(TIMES)));
        }
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.unwrap();
        }
        sum
    })
}

async fn pong(asked: oneshot::Receiver<u64>, answer: oneshot::Sender<u64>) {
    answer.send(asked.await.unwrap()).unwrap();
}

async fn ping(n: u64) -> u64 {
    let (ask, asked) = oneshot::channel();
    let (answer, answered) = oneshot::channel();
    spawn(pong(asked, answer));
    ask.send(n).unwrap();
    answered.await.unwrap()
}

fn ping_pong(kind: Kind) -> Sample {
    const PINGS: u64 = 1_000;
    on(kind, 101, PINGS as f64, || async {
        let mut handles = Vec::with_capacity(PINGS as usize);
        for i in 0..PINGS {
            handles.push(spawn(ping(i)));
        }
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.unwrap();
        }
        sum
    })
}

fn spawn_next(left: u64, last: oneshot::Sender<u64>) {
    spawn(async move {
        if left == 1 {
            last.send(left).unwrap();
        } else {
            spawn_next(left - 1, last);
        }
    });
}

fn chained(kind: Kind) -> Sample {
    const TASKS: u64 = 1_000;
    on(kind, 101, TASKS as f64, || async {
        let (last, over) = oneshot::channel();
        spawn_next(TASKS, last);
        over.await.unwrap()
    })
}

fn blocking_round_trip() -> Sample {
    const CALLS: u64 = 50;
    on(CurrentThread, 101, CALLS as f64, || async {
        let mut sum = 0;
        for i in 0..CALLS {
            sum += spawn_blocking(move || black_box(i)).await.unwrap();
        }
        sum
    })
}

fn blocking_batch() -> Sample {
    const CALLS: u64 = 2_000;
    on(CurrentThread, 15, CALLS as f64, || async {
        let mut handles = Vec::with_capacity(CALLS as usize);
        for i in 0..CALLS {
            handles.push(spawn_blocking(move || black_box(i)));
        }
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.unwrap();
        }
        sum
    })
}

fn new_and_drop(kind: Kind, times: u32) -> Sample {
    second_thread();
    repeated(times, || drop(black_box(runtime(kind))))
}

pub fn rows() -> Vec<Row> {
    let row = |work, measure| Row { work, who: TOKIO, measure };
    vec![
        row("spawn + await, ct", || spawn_and_await(CurrentThread)),
        row("spawn + await, mt2", || spawn_and_await(TwoWorkers)),
        row("spawn 10,000 and join, ct", || spawn_and_join(CurrentThread)),
        row("spawn 10,000 and join, mt2", || spawn_and_join(TwoWorkers)),
        row("1,000 yields of 200 tasks, ct", || yields_of_tasks(CurrentThread)),
        row("1,000 yields of 200 tasks, mt2", || yields_of_tasks(TwoWorkers)),
        row("ping-pong by oneshot, ct", || ping_pong(CurrentThread)),
        row("ping-pong by oneshot, mt2", || ping_pong(TwoWorkers)),
        row("chained spawn, ct", || chained(CurrentThread)),
        row("chained spawn, mt2", || chained(TwoWorkers)),
        row("spawn_blocking round trip", blocking_round_trip),
        row("spawn_blocking, 2,000 in a batch", blocking_batch),
        row("runtime new + drop, ct", || new_and_drop(CurrentThread, 5_100)),
        row("runtime new + drop, mt2", || new_and_drop(TwoWorkers, 510)),
    ]
}
