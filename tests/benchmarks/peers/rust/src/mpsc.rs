use std::hint::black_box;
use std::thread;

use crate::bench::{once, Row, Sample, RUST};

const MESSAGES: u64 = 400_000;
const ROUNDS: u64 = 20_000;
const CROSSBEAM: &str = "crossbeam";

trait Sender: Clone + Send + 'static {
    fn put(&self, value: u64);
}

trait Receiver: Send + 'static {
    fn take(&self) -> u64;
}

impl Sender for std::sync::mpsc::Sender<u64> {
    #[inline(always)]
    fn put(&self, value: u64) {
        self.send(value).unwrap();
    }
}

impl Sender for std::sync::mpsc::SyncSender<u64> {
    #[inline(always)]
    fn put(&self, value: u64) {
        self.send(value).unwrap();
    }
}

impl Receiver for std::sync::mpsc::Receiver<u64> {
    #[inline(always)]
    fn take(&self) -> u64 {
        self.recv().unwrap()
    }
}

impl Sender for crossbeam_channel::Sender<u64> {
    #[inline(always)]
    fn put(&self, value: u64) {
        self.send(value).unwrap();
    }
}

impl Receiver for crossbeam_channel::Receiver<u64> {
    #[inline(always)]
    fn take(&self) -> u64 {
        self.recv().unwrap()
    }
}

/// So many threads send numbers; the calling one receives and adds them up.
fn stream(senders: u64, (sender, receiver): (impl Sender, impl Receiver)) -> Sample {
    let each = MESSAGES / senders;
    let mut sum = 0;
    let mut sample = once(MESSAGES as f64, || {
        let threads: Vec<_> = (0..senders)
            .map(|_| {
                let sender = sender.clone();
                thread::spawn(move || (0..each).for_each(|n| sender.put(n)))
            })
            .collect();
        for _ in 0..MESSAGES {
            sum += receiver.take();
        }
        for thread in threads {
            thread.join().unwrap();
        }
    });
    sample.check = Some(sum);
    sample
}

/// A number goes to another thread and comes back.
fn round_trip<S: Sender, R: Receiver>(there: (S, R), back: (S, R)) -> Sample {
    let (question, asked) = there;
    let (answer, answered) = back;
    let answerer = thread::spawn(move || (0..ROUNDS).for_each(|_| answer.put(asked.take())));
    let sample = once(ROUNDS as f64, || {
        for n in 0..ROUNDS {
            question.put(n);
            black_box(answered.take());
        }
    });
    answerer.join().unwrap();
    sample
}

pub fn rows() -> Vec<Row> {
    use crossbeam_channel as crossbeam;
    use std::sync::mpsc;

    let row = |work, who, measure| Row { work, who, measure };
    vec![
        row("mpsc unbounded, 1 sender", RUST, || stream(1, mpsc::channel())),
        row("mpsc unbounded, 1 sender", CROSSBEAM, || stream(1, crossbeam::unbounded())),
        row("mpsc unbounded, 4 senders", RUST, || stream(4, mpsc::channel())),
        row("mpsc unbounded, 4 senders", CROSSBEAM, || stream(4, crossbeam::unbounded())),
        row("mpsc bounded (128), 1 sender", RUST, || stream(1, mpsc::sync_channel(128))),
        row("mpsc bounded (128), 1 sender", CROSSBEAM, || stream(1, crossbeam::bounded(128))),
        row("mpsc round trip", RUST, || round_trip(mpsc::channel(), mpsc::channel())),
        row("mpsc round trip", CROSSBEAM, || {
            round_trip(crossbeam::unbounded(), crossbeam::unbounded())
        }),
    ]
}
