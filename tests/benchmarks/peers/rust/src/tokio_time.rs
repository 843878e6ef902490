use std::future::{poll_fn, ready, Future};
use std::hint::black_box;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::task::spawn;
use tokio::time::{sleep, timeout};

use crate::bench::{Row, Sample};
use crate::runtimes::{on, CurrentThread, Kind, TwoWorkers, TOKIO};

fn create_poll_drop(kind: Kind) -> Sample {
    const SLEEPS: u64 = 2_000;
    on(kind, 101, SLEEPS as f64, || async {
        let mut pending = 0;
        for _ in 0..SLEEPS {
            poll_fn(|cx| {
                let sleep = pin!(sleep(Duration::from_secs(1)));
                pending += u64::from(sleep.poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
        }
        pending
    })
}

fn timeout_of_ready() -> Sample {
    const TIMEOUTS: u64 = 5_000;
    on(CurrentThread, 101, TIMEOUTS as f64, || async {
        let mut sum = 0;
        for n in 0..TIMEOUTS {
            sum += timeout(Duration::from_secs(1), ready(black_box(n))).await.unwrap();
        }
        sum
    })
}

async fn asleep(duration: Duration) -> u64 {
    sleep(duration).await;
    1
}

fn sleeps_together() -> Sample {
    const SLEEPS: usize = 10_000;
    on(CurrentThread, 11, 1.0, || async {
        let mut handles = Vec::with_capacity(SLEEPS);
        for _ in 0..SLEEPS {
            handles.push(spawn(asleep(Duration::from_millis(10))));
        }
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.unwrap();
        }
        sum
    })
}

fn one_sleep() -> Sample {
    on(CurrentThread, 51, 1.0, || asleep(Duration::from_millis(1)))
}

pub fn rows() -> Vec<Row> {
    let row = |work, measure| Row { work, who: TOKIO, measure };
    vec![
        row("sleep: create, poll, drop, ct", || create_poll_drop(CurrentThread)),
        row("sleep: create, poll, drop, mt2", || create_poll_drop(TwoWorkers)),
        row("timeout() of a ready future", timeout_of_ready),
        row("10,000 sleeps of 10 ms", sleeps_together),
        row("sleep(1 ms)", one_sleep),
    ]
}
