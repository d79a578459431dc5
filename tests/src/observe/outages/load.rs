//! Callers that do not stop asking.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use xtask::lambda::Function;

use super::{CALLERS, ask};
use crate::harness::Reply;
use crate::harness::patience::within_phase;

/// Replies that are seen in each phase.
const REPLIES: usize = 12;

/// What one request came to.
#[derive(Debug)]
pub struct Seen {
    pub sent: Instant,
    pub reply: Reply,
}

/// A function and its callers.
pub struct Load {
    function: Arc<Function>,
    seen: UnboundedReceiver<Seen>,
    stop: Arc<AtomicBool>,
    callers: JoinSet<()>,
}

impl Load {
    /// Each caller sends what `events` makes for it, again and again.
    pub fn on(function: Function, events: impl Fn(usize) -> Value) -> Self {
        let function = Arc::new(function);
        let stop = Arc::new(AtomicBool::new(false));
        let (tell, seen) = unbounded_channel();
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let (function, stop, tell) = (function.clone(), stop.clone(), tell.clone());
            let event = events(caller);
            callers.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let sent = Instant::now();
                    let reply = ask(&function, &event).await;
                    let _ = tell.send(Seen { sent, reply });
                }
            });
        }
        Self {
            function,
            seen,
            stop,
            callers,
        }
    }

    /// The next replies to requests that were sent after `since`.
    pub async fn next(&mut self, since: Instant) -> Vec<Reply> {
        within_phase(format!("{REPLIES} replies"), async {
            let mut replies = Vec::new();
            while replies.len() < REPLIES {
                let seen = self.seen.recv().await.unwrap();
                if seen.sent > since {
                    replies.push(seen.reply);
                }
            }
            replies
        })
        .await
    }

    /// Returns when every reply is right; none that was sent later than `within` after `since` may be wrong.
    pub async fn recovers(
        &mut self,
        is_right: fn(&Reply) -> bool,
        since: Instant,
        within: Duration,
    ) {
        within_phase(format!("{REPLIES} right replies in a row"), async {
            let mut right = 0;
            while right < REPLIES {
                let seen = self.seen.recv().await.unwrap();
                if is_right(&seen.reply) {
                    right += 1;
                } else {
                    right = 0;
                    let late = seen.sent.saturating_duration_since(since);
                    let text = seen.reply.text();
                    assert!(late < within, "{late:?} after its end: {text}");
                }
            }
        })
        .await;
    }

    /// What the function logged so far.
    pub fn log(&self) -> String {
        self.function.log()
    }

    /// Ends the load, and returns what the function logged.
    pub async fn stop(mut self) -> String {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(caller) = self.callers.join_next().await {
            caller.unwrap();
        }
        self.function.log()
    }
}
