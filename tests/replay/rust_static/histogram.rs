// A histogram of the second column, each half of the file in a thread of its own.
use std::collections::BTreeMap;
use std::{env, fs, thread};

fn count(lines: Vec<String>) -> BTreeMap<u32, u32> {
    let mut ages = BTreeMap::new();
    for line in lines {
        if let Some(Ok(age)) = line.split(',').nth(1).map(str::parse::<u32>) {
            *ages.entry(age / 5 * 5).or_insert(0) += 1;
        }
    }
    ages
}

fn main() {
    let names: Vec<String> = env::args().collect();
    let text = fs::read_to_string(&names[1]).expect("the input cannot be read");
    let mut first: Vec<String> = text.lines().skip(1).map(String::from).collect();
    let second = first.split_off(first.len() / 2);
    let halves = [thread::spawn(move || count(first)), thread::spawn(move || count(second))];
    let mut total = BTreeMap::new();
    for half in halves {
        for (age, loans) in half.join().expect("a thread failed") {
            *total.entry(age).or_insert(0) += loans;
        }
    }
    let lines: Vec<String> = total.iter().map(|(age, loans)| format!("{age} {loans}\n")).collect();
    fs::write(&names[2], lines.concat()).expect("the output cannot be written");
}
