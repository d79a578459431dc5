//! The pipeline itself.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use futures_util::FutureExt;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt, Response, service_fn};
use tracing::Instrument;

use super::request::RawRequest;
use super::{Code, Endpoint, Input, Meta, Output, Problem, Reply, describe, etag, parse};
use crate::auth;
use crate::capability::Capabilities;
use crate::config::ApiConfig;
use crate::{limits, runtime, telemetry};

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
        let clients = D::connect()?;
        let cold = Arc::new(AtomicBool::new(true));
        lambda_http::run_concurrent(service_fn(move |event: lambda_http::Request| {
            let pipeline = Pipeline {
                endpoint,
                config: config.clone(),
                cold_start: cold.swap(false, Ordering::Relaxed),
            };
            pipeline.answer(event, clients.clone(), handler.clone())
        }))
        .await
        .map_err(|e| runtime::Failure::new("the Lambda runtime stopped", e))
    })
}

struct Pipeline {
    endpoint: &'static Endpoint,
    config: Arc<ApiConfig>,
    cold_start: bool,
}

/// What is sent, before it is an HTTP response.
struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Pipeline {
    async fn answer<D, I, O, F, Fut>(
        self,
        event: lambda_http::Request,
        clients: D,
        handler: F,
    ) -> Result<Response<Body>, std::convert::Infallible>
    where
        I: Input,
        O: Output,
        F: Fn(D, I) -> Fut,
        Fut: Future<Output = Result<Reply<O>, Problem>> + Send + 'static,
    {
        let started = Instant::now();
        let request_id = request_id(&event);
        let deadline = deadline(&event, started);
        let raw = raw_request(event);
        let span = tracing::info_span!("request", request_id, function = self.endpoint.name);
        let outcome = self.handle::<D, I, O, F, Fut>(&raw, &request_id, deadline, clients, handler);
        let (mut answer, problem) = match outcome.instrument(span.clone()).await {
            Ok(answer) => (self.success(&raw, answer), None),
            Err(problem) => (self.failure(&request_id, &problem), Some(problem)),
        };
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
                problem: problem.as_ref(),
            });
        });
        Ok(response(answer))
    }

    async fn handle<D, I, O, F, Fut>(
        &self,
        raw: &RawRequest,
        request_id: &str,
        deadline: Instant,
        clients: D,
        handler: F,
    ) -> Result<Answer, Problem>
    where
        I: Input,
        O: Output,
        F: Fn(D, I) -> Fut,
        Fut: Future<Output = Result<Reply<O>, Problem>> + Send + 'static,
    {
        parse::check_sizes(raw)?;
        self.check_route(raw)?;
        let caller = auth::identify(
            self.endpoint.auth,
            raw.authorization.as_deref(),
            raw.source_ip,
        )?;
        let meta = Meta {
            request_id: request_id.to_owned(),
            caller,
            now: Utc::now(),
            deadline,
        };
        let input = I::parse(self.endpoint, raw, meta)?;
        // A panic is one failed request, never a lost execution environment.
        let work = AssertUnwindSafe(async { handler(clients, input).await }).catch_unwind();
        let reply = tokio::time::timeout_at(deadline.into(), work)
            .await
            .map_err(|late| Problem::unavailable("answer", late))?
            .map_err(|panic| Problem::internal(runtime::panic_message(panic.as_ref())))??;
        let (body, media_type) = reply.output.into_body()?;
        let mut headers = reply.headers;
        headers.push(("content-type", media_type));
        Ok(Answer {
            status: reply.status,
            headers,
            body,
        })
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

fn gateway_context(event: &lambda_http::Request) -> Option<&ApiGatewayV2httpRequestContext> {
    match event.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => Some(context),
        _ => None,
    }
}

/// API Gateway's id where there is one, so that its access log and ours name a request alike.
fn request_id(event: &lambda_http::Request) -> String {
    gateway_context(event)
        .and_then(|context| context.request_id.clone())
        .or_else(|| {
            event
                .lambda_context_ref()
                .map(|context| context.request_id.clone())
        })
        .unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
}

/// The earlier of our own limit and the end of the invocation, less what the answer itself needs.
fn deadline(event: &lambda_http::Request, started: Instant) -> Instant {
    let left = event
        .lambda_context_ref()
        .and_then(|context| runtime::time_left(context.deadline));
    let left = left.map_or(limits::REQUEST_DURATION_MAX, |left| {
        left.saturating_sub(limits::ANSWER_RESERVE)
    });
    started + left.clamp(Duration::from_millis(1), limits::REQUEST_DURATION_MAX)
}

fn raw_request(event: lambda_http::Request) -> RawRequest {
    let header = |name: &str| {
        event
            .headers()
            .get(name)
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned)
    };
    let source_ip =
        gateway_context(&event).and_then(|context| context.http.source_ip.as_deref()?.parse().ok());
    RawRequest {
        method: event.method().as_str().to_owned(),
        path: event.raw_http_path().to_owned(),
        query: event.uri().query().unwrap_or_default().to_owned(),
        content_type: header("content-type"),
        authorization: header("authorization"),
        if_none_match: header("if-none-match"),
        source_ip,
        body: match event.into_body() {
            Body::Text(text) => text.into_bytes(),
            Body::Binary(bytes) => bytes,
            _ => Vec::new(),
        },
    }
}

fn response(answer: Answer) -> Response<Body> {
    // Text goes to the gateway as it is; base64 would cost a third more.
    let body = match String::from_utf8(answer.body) {
        Ok(text) if text.is_empty() => Body::Empty,
        Ok(text) => Body::Text(text),
        Err(bytes) => Body::Binary(bytes.into_bytes()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(answer.status).unwrap_or_default();
    for (name, value) in answer.headers {
        if let Ok(value) = http::HeaderValue::from_str(&value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
