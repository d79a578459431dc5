//! Tools that read standard input.

use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Runs `program` on `input`; how it ended and all that it printed.
pub async fn with_input(program: &Path, arguments: &[&str], input: &str) -> (ExitStatus, String) {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let ((), output) = tokio::join!(
        async {
            stdin.write_all(input.as_bytes()).await.unwrap();
            drop(stdin);
        },
        child.wait_with_output()
    );
    let output = output.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status, String::from_utf8_lossy(&said).into_owned())
}
