//! The pipeline itself.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use chrono::Utc;
use futures_util::FutureExt;
use lambda_runtime::{LambdaEvent, service_fn};
use tracing::Instrument;

use super::event::{self, Answer, Event, Response};
use super::limit::Limit;
use super::request::RawRequest;
use super::{Code, Endpoint, Input, Meta, Output, Problem, Reply, describe, etag, parse};
use crate::auth;
use crate::capability::{Capabilities, Capability};
use crate::config::ApiConfig;
use crate::rate_limit::{Decision, RateLimiter};
use crate::{runtime, telemetry};

/// Runs an endpoint as a Lambda function, or prints its declaration when called with `--describe`.
///
/// The handler gets the clients of the capabilities in `D` and nothing else, so what a function can call is what
/// it declares.
pub fn serve<D, I, O, F, Fut>(endpoint: &'static Endpoint, handler: F) -> ExitCode
where
    D: Capabilities,
    I: Input,
    O: Output,
    F: Fn(D, I) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply<O>, Problem>> + Send + 'static,
{
    if runtime::wants_description() {
        return runtime::print(&describe::<D, I, O>(endpoint));
    }
    runtime::block_on(endpoint.name, || async move {
        let config = Arc::new(ApiConfig::from_env()?);
        let limit = match endpoint.limit {
            Some(class) => Some(Limit::new(
                endpoint,
                class,
                <RateLimiter as Capability>::connect()?,
            )),
            None => None,
        };
        let clients = D::connect()?;
        let cold = Arc::new(AtomicBool::new(true));
        lambda_runtime::run_concurrent(service_fn(move |event: LambdaEvent<Event>| {
            let pipeline = Pipeline {
                endpoint,
                config: config.clone(),
                limit: limit.clone(),
                cold_start: cold.swap(false, Ordering::Relaxed),
            };
            // On the heap: the future of a whole request is large, and what wraps it is moved about.
            Box::pin(pipeline.answer(event, clients.clone(), handler.clone()))
        }))
        .await
        .map_err(|e| runtime::Failure::new("the Lambda runtime stopped", e))
    })
}

struct Pipeline {
    endpoint: &'static Endpoint,
    config: Arc<ApiConfig>,
    limit: Option<Limit>,
    cold_start: bool,
}

impl Pipeline {
    async fn answer<D, I, O, F, Fut>(
        self,
        event: LambdaEvent<Event>,
        clients: D,
        handler: F,
    ) -> Result<Response, std::convert::Infallible>
    where
        I: Input,
        O: Output,
        F: Fn(D, I) -> Fut,
        Fut: Future<Output = Result<Reply<O>, Problem>> + Send + 'static,
    {
        let started = Instant::now();
        let request_id = event::request_id(&event);
        let deadline = event::deadline(&event, started);
        let raw = event::raw_request(event.payload, &self.config);
        let span = tracing::info_span!("request", request_id, function = self.endpoint.name);
        let mut decision = None;
        let outcome = self
            .handle::<D, I, O, F, Fut>(&raw, &request_id, deadline, clients, handler, &mut decision)
            .instrument(span.clone())
            .await;
        let (mut answer, problem) = match outcome {
            Ok(answer) => (self.success(&raw, answer), None),
            Err(problem) => (self.failure(&request_id, &problem), Some(problem)),
        };
        if let (Some(limit), Some(decision)) = (&self.limit, &decision) {
            answer.headers.extend(limit.headers(decision));
        }
        answer.headers.push(("request-id", request_id));
        answer
            .headers
            .push(("x-content-type-options", "nosniff".to_owned()));
        span.in_scope(|| {
            telemetry::request_line(&telemetry::RequestLine {
                route: self.endpoint.path,
                method: self.endpoint.method.as_str(),
                status: answer.status,
                duration: started.elapsed(),
                cold_start: self.cold_start,
                limited_by: decision.map(|d| d.source.as_str()),
                problem: problem.as_ref(),
            });
        });
        Ok(event::response(answer))
    }

    /// Leaves in `decision` what the limiter said, whatever becomes of the request.
    async fn handle<D, I, O, F, Fut>(
        &self,
        raw: &RawRequest,
        request_id: &str,
        deadline: Instant,
        clients: D,
        handler: F,
        decision: &mut Option<Decision>,
    ) -> Result<Answer, Problem>
    where
        I: Input,
        O: Output,
        F: Fn(D, I) -> Fut,
        Fut: Future<Output = Result<Reply<O>, Problem>> + Send + 'static,
    {
        parse::check_limits(raw)?;
        self.check_route(raw)?;
        let caller = auth::identify(
            self.endpoint.auth,
            raw.authorization.as_deref(),
            raw.source_ip,
        )?;
        let meta = Meta {
            request_id: request_id.to_owned(),
            caller: caller.clone(),
            now: Utc::now(),
            deadline,
        };
        let now = meta.now;
        let work = async {
            let input = I::parse(self.endpoint, raw, meta)?;
            work(clients, input, handler, deadline).await
        };
        match &self.limit {
            None => work.await,
            Some(limit) => {
                let (result, said) = limit.within(&caller, now, work).await;
                *decision = Some(said);
                result
            }
        }
    }

    /// The gateway routes by method and path; a function that is invoked otherwise says so.
    fn check_route(&self, raw: &RawRequest) -> Result<(), Problem> {
        let method = self.endpoint.method.as_str();
        if self.endpoint.path == "$default" || raw.method == method {
            return Ok(());
        }
        let detail = format!("{} is not a method of this path.", raw.method);
        Err(Problem::new(Code::MethodNotAllowed, detail).allow(method))
    }

    fn success(&self, raw: &RawRequest, mut answer: Answer) -> Answer {
        if answer.status != 200 {
            answer
                .headers
                .push(("cache-control", "no-store".to_owned()));
            return answer;
        }
        let tag = etag::of(&answer.body);
        if raw
            .if_none_match
            .as_deref()
            .is_some_and(|candidates| etag::matches(candidates, &tag))
        {
            answer.status = 304;
            answer.body.clear();
            answer.headers.retain(|(name, _)| *name != "content-type");
        }
        answer
            .headers
            .push(("cache-control", self.endpoint.cache_control.header()));
        answer.headers.push(("etag", tag));
        answer
    }

    fn failure(&self, request_id: &str, problem: &Problem) -> Answer {
        let (body, mut headers) = problem.render(&self.config.docs_url(), request_id);
        headers.push(("content-type", "application/problem+json".to_owned()));
        headers.push(("cache-control", "no-store".to_owned()));
        Answer {
            status: problem.code().status(),
            headers,
            body,
        }
    }
}

/// Runs the handler within the deadline. A panic is one failed request, never a lost execution environment.
async fn work<D, I, O, F, Fut>(
    clients: D,
    input: I,
    handler: F,
    deadline: Instant,
) -> Result<Answer, Problem>
where
    O: Output,
    F: Fn(D, I) -> Fut,
    Fut: Future<Output = Result<Reply<O>, Problem>> + Send + 'static,
{
    let work = AssertUnwindSafe(async { handler(clients, input).await }).catch_unwind();
    let reply = tokio::time::timeout_at(deadline.into(), work)
        .await
        .map_err(|late| Problem::unavailable("answer", late))?
        .map_err(|panic| Problem::internal(runtime::panic_message(panic.as_ref())))??;
    let (body, media_type) = reply.output.into_body()?;
    let mut headers = reply.headers;
    if reply.status != 204 {
        headers.push(("content-type", media_type));
    }
    Ok(Answer {
        status: reply.status,
        headers,
        body,
    })
}
