//! Has cargo build this function again when a migration is added: the compiler knows only those that it has read.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
