//! A headless Chromium, driven by its own protocol (<https://chromedevtools.github.io/devtools-protocol/>) over pipes.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long a page may take to come to what a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The browser with one page. It ends with this value.
#[derive(Debug)]
pub struct Browser {
    _process: Child,
    commands: ChildStdin,
    messages: BufReader<ChildStdout>,
    session: Option<String>,
    sent: u64,
    /// URLs that the page asked for.
    asked: Vec<String>,
}

impl Browser {
    /// Starts it with a profile of its own, which is empty and in `folder`.
    pub async fn start(chromium: &Path, folder: &Path) -> Self {
        // It reads commands from descriptor 3 and answers on 4, which only a shell gives it without unsafe code.
        let mut process = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 >/dev/null", "sh"])
            .arg(chromium)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-pipe",
            ])
            .args([
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
            ])
            // One that is started by a loader of its own starts its own processes alike.
            .args(["--no-zygote", "--in-process-gpu"])
            .arg(format!(
                "--browser-subprocess-path={}",
                chromium.display()
            ))
            .arg(format!("--user-data-dir={}", folder.display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut browser = Self {
            commands: process.stdin.take().unwrap(),
            messages: BufReader::new(process.stdout.take().unwrap()),
            _process: process,
            session: None,
            sent: 0,
            asked: Vec::new(),
        };
        let target = browser
            .call("Target.createTarget", json!({ "url": "about:blank" }))
            .await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attach).await;
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        browser.call("Network.enable", json!({})).await;
        browser
    }

    /// Goes to a page on a screen of this size.
    pub async fn open(&mut self, url: &str, (width, height): (u32, u32), scheme: &str) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("Emulation.setDeviceMetricsOverride", screen)
            .await;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", media).await;
        self.call("Page.navigate", json!({ "url": url })).await;
    }

    /// What an expression of JavaScript comes to on the page.
    pub async fn evaluate(&mut self, expression: &str) -> Value {
        let ask = json!({ "expression": expression, "returnByValue": true });
        let result = self.call("Runtime.evaluate", ask).await;
        assert!(
            result.get("exceptionDetails").is_none(),
            "{expression}: {result}"
        );
        result["result"]["value"].clone()
    }

    /// Returns when an expression is true.
    pub async fn wait_for(&mut self, expression: &str) {
        let began = Instant::now();
        while self.evaluate(expression).await != true {
            if began.elapsed() > PATIENCE {
                let page = self.evaluate("document.documentElement.outerHTML").await;
                panic!("{expression} does not come true:\n{page}");
            }
        }
    }

    /// The URLs that the page has asked for.
    pub fn asked(&self) -> &[String] {
        &self.asked
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let mut command = json!({ "id": self.sent, "method": method, "params": params });
        if let Some(session) = &self.session {
            command["sessionId"] = session.as_str().into();
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).await.unwrap();
        loop {
            let mut message = Vec::new();
            let read = self.messages.read_until(0, &mut message);
            let length = tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
            assert!(length > 0, "the browser has ended");
            let message: Value = serde_json::from_slice(&message[..length - 1]).unwrap();
            if message["method"] == "Network.requestWillBeSent" {
                let url = message["params"]["request"]["url"].as_str().unwrap();
                self.asked.push(url.to_owned());
            }
            if message["id"] == self.sent {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }
}
