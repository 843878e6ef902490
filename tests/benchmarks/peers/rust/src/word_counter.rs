//! The chapter's exercise as a good pupil solves it: a thread and a map of its own for each text,
//! merged under one lock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::bench::{once, Row, Sample, RUST};

struct WordCounter {
    counts: Arc<Mutex<HashMap<String, usize>>>,
}

impl WordCounter {
    fn new() -> Self {
        WordCounter { counts: Arc::new(Mutex::new(HashMap::new())) }
    }

    fn count_parallel(&self, texts: &[&str]) {
        thread::scope(|scope| {
            for text in texts {
                let counts = Arc::clone(&self.counts);
                scope.spawn(move || {
                    let local = count_words(text);
                    let mut counts = counts.lock().unwrap();
                    for (word, count) in local {
                        *counts.entry(word).or_insert(0) += count;
                    }
                });
            }
        });
    }
}

fn count_words(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for word in text.split_whitespace() {
        // Trimmed first, so that there is one String a word and not two.
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation()).to_lowercase();
        if !word.is_empty() {
            *counts.entry(word).or_insert(0) += 1;
        }
    }
    counts
}

fn check(counter: &WordCounter) -> u64 {
    let counts = counter.counts.lock().unwrap();
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort();
    let mut hash: u64 = 0xcbf29ce484222325; // FNV-1a
    for (word, count) in counts {
        for byte in format!("{word}={count}\n").bytes() {
            hash = (hash ^ byte as u64).wrapping_mul(0x100000001b3);
        }
    }
    hash
}

fn count_parallel<const TEXTS: usize>() -> Sample {
    let text = std::fs::read_to_string("english.txt").unwrap();
    let texts = vec![text.as_str(); TEXTS];

    let counter = WordCounter::new();
    let mut sample = once(1.0, || counter.count_parallel(&texts));
    sample.check = Some(check(&counter));
    sample
}

pub fn rows() -> Vec<Row> {
    vec![
        Row { work: "count_parallel, 1 text of 16 MB", who: RUST, measure: count_parallel::<1> },
        Row { work: "count_parallel, 2 texts of 16 MB", who: RUST, measure: count_parallel::<2> },
        Row { work: "count_parallel, 8 texts of 16 MB", who: RUST, measure: count_parallel::<8> },
    ]
}
