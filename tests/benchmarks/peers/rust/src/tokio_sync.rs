use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::{mpsc, Mutex};
use tokio::task::{spawn, yield_now, JoinSet};

use crate::bench::{median, Moment, Row, Sample};
use crate::runtimes::{on, runtime, second_thread, CurrentThread, Kind, TwoWorkers, TOKIO};

fn messages(kind: Kind) -> (u64, u32) {
    match kind {
        CurrentThread => (10_000, 51),
        TwoWorkers => (100_000, 11), // so that to start the other one does not count
    }
}

fn unbounded(kind: Kind) -> Sample {
    let (messages, slices) = messages(kind);
    on(kind, slices, messages as f64, move || async move {
        let (tx, mut rx) = mpsc::unbounded_channel();
        spawn(async move {
            for n in 0..messages {
                tx.send(n).unwrap();
            }
        });
        let mut sum = 0;
        while let Some(n) = rx.recv().await {
            sum += n;
        }
        sum
    })
}

fn bounded(kind: Kind) -> Sample {
    let (messages, slices) = messages(kind);
    on(kind, slices, messages as f64, move || async move {
        let (tx, mut rx) = mpsc::channel(128);
        spawn(async move {
            for n in 0..messages {
                tx.send(n).await.unwrap();
            }
        });
        let mut sum = 0;
        while let Some(n) = rx.recv().await {
            sum += n;
        }
        sum
    })
}

fn round_trip() -> Sample {
    const ROUNDS: u64 = 1_000;
    on(CurrentThread, 101, ROUNDS as f64, || async {
        let (question, mut asked) = mpsc::unbounded_channel();
        let (answer, mut answered) = mpsc::unbounded_channel();
        spawn(async move {
            while let Some(n) = asked.recv().await {
                answer.send(n).unwrap();
            }
        });
        let mut sum = 0;
        for n in 0..ROUNDS {
            question.send(n).unwrap();
            sum += answered.recv().await.unwrap();
        }
        sum
    })
}

fn mutex_uncontended() -> Sample {
    const LOCKS: u64 = 10_000;
    on(CurrentThread, 101, LOCKS as f64, || async {
        let counter = Mutex::new(0);
        for _ in 0..LOCKS {
            *counter.lock().await += 1;
        }
        counter.into_inner()
    })
}

async fn add(counter: Arc<Mutex<u64>>, times: u64) {
    for _ in 0..times {
        *counter.lock().await += 1;
    }
}

fn mutex_contended() -> Sample {
    const TASKS: u64 = 100;
    const LOCKS: u64 = 1_000;
    on(TwoWorkers, 11, (TASKS * LOCKS) as f64, || async {
        let counter = Arc::new(Mutex::new(0));
        let mut handles = Vec::with_capacity(TASKS as usize);
        for _ in 0..TASKS {
            handles.push(spawn(add(counter.clone(), LOCKS)));
        }
        for handle in handles {
            handle.await.unwrap();
        }
        let sum = *counter.lock().await;
        sum
    })
}

/// The sending is not in the time.
fn select_ready() -> Sample {
    const SELECTS: u64 = 10_000;
    second_thread();
    runtime(CurrentThread).block_on(async {
        let (tx, mut ready) = mpsc::unbounded_channel();
        let (_tx, mut silent) = mpsc::unbounded_channel::<u64>();
        let mut samples = Vec::new();
        for _ in 0..=51 {
            for n in 0..SELECTS {
                tx.send(n).unwrap();
            }
            let mut sum = 0;
            let start = Moment::now();
            for _ in 0..SELECTS {
                tokio::select! {
                    n = ready.recv() => sum += n.unwrap(),
                    n = silent.recv() => sum -= n.unwrap(),
                }
            }
            let mut sample = start.sample_until_now(SELECTS as f64);
            sample.check = Some(sum);
            samples.push(sample);
        }
        median(samples)
    })
}

const YIELDS: u64 = 1_000;

async fn after_a_yield(n: u64) -> u64 {
    yield_now().await;
    n
}

fn yields_joined() -> Sample {
    on(CurrentThread, 101, YIELDS as f64, || async {
        let mut futures = Vec::with_capacity(YIELDS as usize);
        for n in 0..YIELDS {
            futures.push(after_a_yield(n));
        }
        join_all(futures).await.iter().sum()
    })
}

fn yields_in_a_join_set() -> Sample {
    on(CurrentThread, 101, YIELDS as f64, || async {
        let mut set = JoinSet::new();
        for n in 0..YIELDS {
            set.spawn(after_a_yield(n));
        }
        let mut sum = 0;
        while let Some(n) = set.join_next().await {
            sum += n.unwrap();
        }
        sum
    })
}

pub fn rows() -> Vec<Row> {
    let row = |work, measure| Row { work, who: TOKIO, measure };
    vec![
        row("async mpsc unbounded, ct", || unbounded(CurrentThread)),
        row("async mpsc unbounded, mt2", || unbounded(TwoWorkers)),
        row("async mpsc bounded (128), ct", || bounded(CurrentThread)),
        row("async mpsc bounded (128), mt2", || bounded(TwoWorkers)),
        row("async mpsc round trip, ct", round_trip),
        row("async Mutex, uncontended", mutex_uncontended),
        row("async Mutex, 100 tasks, mt2", mutex_contended),
        row("select of two, one ready", select_ready),
        row("join_all of 1,000 yields", yields_joined),
        row("JoinSet of 1,000 yields", yields_in_a_join_set),
    ]
}
