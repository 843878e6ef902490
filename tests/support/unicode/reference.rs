// What a word is, in Rust itself: the text half of the chapter's WordCounter, to compare with.
//
//     rustc -O reference.rs && ./reference FILE...
//
// Prints `count word` lines as `word_count --all` does. A `str` holds no invalid bytes, so each
// stands in it as a character of the last private plane, which is neither a letter nor space.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::{env, fs};

const FIRST_STAND_IN: u32 = 0x10_FF00;

fn text_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        assert!(!chunk.valid().contains(|c| c as u32 >= FIRST_STAND_IN), "a stand-in in the text");
        text.push_str(chunk.valid());
        let stand_in = |&byte: &u8| char::from_u32(FIRST_STAND_IN + u32::from(byte)).unwrap();
        text.extend(chunk.invalid().iter().map(stand_in));
    }
    text
}

fn bytes_of(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match (c as u32).checked_sub(FIRST_STAND_IN) {
            Some(byte) => bytes.push(byte as u8),
            None => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    bytes
}

fn count(text: &str, counts: &mut HashMap<String, usize>) {
    for word in text.split_whitespace() {
        let word = word.to_lowercase();
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        if !word.is_empty() {
            *counts.entry(word.to_string()).or_insert(0) += 1;
        }
    }
}

fn main() -> io::Result<()> {
    let mut counts = HashMap::new();
    for name in env::args_os().skip(1) {
        count(&text_of(&fs::read(name)?), &mut counts);
    }
    let mut lines: Vec<(Vec<u8>, usize)> =
        counts.iter().map(|(word, times)| (bytes_of(word), *times)).collect();
    lines.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
    let mut out = BufWriter::new(io::stdout().lock());
    for (word, times) in lines {
        write!(out, "{times} ")?;
        out.write_all(&word)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
