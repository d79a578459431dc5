//! The pipeline itself.

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use chrono::{SubsecRound as _, Utc};
use lambda_runtime::LambdaEvent;
use tracing::Instrument;
use uuid::Uuid;

use super::event::{self, Answer, Event, Response};
use super::gate::Gate;
use super::limit::Said;
use super::request::RawRequest;
use super::{
    Code, Endpoint, Input, Meta, Output, Problem, Reply, cors, describe, etag, idempotent, parse,
};
use crate::auth::Caller;
use crate::capability::Capabilities;
use crate::limits;
use crate::telemetry::faults::{self, Fault};
use crate::telemetry::{Answered, Clock, Part};
use crate::{deadline, runtime, telemetry};

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
        let connect = move || Ok((Arc::new(Gate::connect::<I>(endpoint)?), D::connect()?));
        runtime::take_invocations(connect, move |(gate, clients), event, cold_start| {
            let handler = handler.clone();
            async move {
                let pipeline = Pipeline {
                    endpoint,
                    gate,
                    cold_start,
                };
                pipeline.answer(event, clients, handler).await
            }
        })
        .await
    })
}

/// What became of a request.
struct Handled {
    outcome: Result<Answer, Problem>,
    said: Option<Said>,
    /// The id of the caller's key.
    key: Option<Uuid>,
}

impl Handled {
    fn refused(problem: Problem, said: Option<Said>) -> Self {
        Self {
            outcome: Err(problem),
            said,
            key: None,
        }
    }
}

struct Pipeline {
    endpoint: &'static Endpoint,
    gate: Arc<Gate>,
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
        let trace = event.context.xray_trace_id.clone();
        let trace_id = telemetry::trace_id(trace.as_deref());
        let raw = event::raw_request(event.payload, &self.gate.config);
        let tally = telemetry::begin(&request_id, trace.as_deref());
        let span = tracing::info_span!("request", request_id, function = self.endpoint.name);
        let meta = Meta {
            request_id: request_id.clone(),
            caller: Caller::Anonymous(raw.source_ip),
            config: self.gate.config.clone(),
            // As PostgreSQL keeps times: what a reply says is what is read later.
            now: Utc::now().trunc_subsecs(6),
            deadline,
        };
        let work = self
            .handle::<D, I, O, F, Fut>(&raw, meta, clients, handler)
            .instrument(span.clone());
        let Handled { outcome, said, key } = tally.clone().scope(work).await;
        let (mut answer, problem) = match outcome {
            Ok(answer) => (self.success(&raw, answer), None),
            Err(problem) => (self.failure(&request_id, &problem), Some(problem)),
        };
        if let Some(said) = &said {
            answer.extend(said.headers());
        }
        cors::add_headers(&self.gate.config.cors_origins, &raw, &mut answer);
        answer.add("request-id", request_id.clone());
        answer.add("x-content-type-options", "nosniff");
        let answered = Answered {
            request_id: &request_id,
            trace_id,
            function: self.endpoint.name,
            route: self.endpoint.path,
            method: self.endpoint.method.as_str(),
            status: answer.status,
            duration: started.elapsed(),
            tally: &tally,
            cold_start: self.cold_start,
            key_id: key,
            limit: said.as_ref().map(Said::for_log),
            problem: problem.as_ref(),
        };
        self.tell(&answered, deadline + limits::ANSWER_RESERVE / 2)
            .instrument(span)
            .await;
        Ok(event::response(answer))
    }

    /// Logs and counts. Only a fault of ours has the caller wait, for its event.
    async fn tell(&self, answered: &Answered<'_>, answer_by: Instant) {
        telemetry::answered(answered, Utc::now());
        if let Some(problem) = answered.problem.filter(|problem| faults::is_event(problem)) {
            let fault = Fault {
                function: answered.function,
                request_id: answered.request_id,
                trace_id: answered.trace_id,
                transaction: format!("{} {}", answered.method, answered.route),
                code: problem.code().as_str(),
                cause: problem.cause().unwrap_or_default(),
                answer_by: Some(answer_by),
            };
            faults::report(fault).await;
        }
        telemetry::counters::flush_beside(self.gate.counts.as_ref());
    }

    /// The answer, who asked, and what the limiter said, whatever became of the request.
    async fn handle<D, I, O, F, Fut>(
        &self,
        raw: &RawRequest,
        mut meta: Meta,
        clients: D,
        handler: F,
    ) -> Handled
    where
        I: Input,
        O: Output,
        F: Fn(D, I) -> Fut,
        Fut: Future<Output = Result<Reply<O>, Problem>> + Send + 'static,
    {
        if let Err(problem) = self.check_form::<I>(raw) {
            return Handled::refused(problem, None);
        }
        let clock = Clock::start(Part::Auth);
        let caller = match self.identify(raw, &meta).await {
            Ok(caller) => caller,
            Err((problem, said)) => return Handled::refused(problem, said),
        };
        drop(clock);
        let key = caller.key_id();
        meta.caller = caller.clone();
        let (now, deadline) = (meta.now, meta.deadline);
        let work = async {
            meta.caller.require(self.endpoint.tier, "This endpoint")?;
            let input = I::parse(self.endpoint, raw, meta.clone())?;
            let writer = self.gate.idempotency.as_ref();
            idempotent::once(writer, raw, &meta, input, |input| {
                work(clients, input, handler, deadline)
            })
            .await
        };
        let (outcome, said) = match &self.gate.limit {
            None => (work.await, None),
            Some(limit) => {
                let (result, said) = limit.within(&caller, now, work).await;
                (result, Some(said))
            }
        };
        Handled { outcome, said, key }
    }

    /// Who asks, if that is found out in time.
    async fn identify(
        &self,
        raw: &RawRequest,
        meta: &Meta,
    ) -> Result<Caller, (Problem, Option<Said>)> {
        let (gate, endpoint, now) = (self.gate.clone(), self.endpoint, meta.now);
        let (authorization, ip) = (raw.authorization.clone(), raw.source_ip);
        let identified = deadline::by(meta.deadline, async move {
            gate.identify(endpoint, authorization.as_ref(), ip, now)
                .await
        });
        match identified.await {
            Ok(identified) => identified,
            Err(unfinished) => Err((unfinished.into(), None)),
        }
    }

    /// What is refused before anything is asked of anyone.
    fn check_form<I: Input>(&self, raw: &RawRequest) -> Result<(), Problem> {
        parse::check_limits(raw, I::BODY_BYTES_MAX)?;
        self.check_route(raw)
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
            answer.add("cache-control", "no-store");
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
            answer.headers.retain(|(name, _)| name != "content-type");
        }
        answer.add("cache-control", self.endpoint.cache_control.header());
        answer.add("etag", tag);
        answer
    }

    fn failure(&self, request_id: &str, problem: &Problem) -> Answer {
        let (body, headers) = problem.render(&self.gate.config.docs_url(), request_id);
        let mut answer = Answer {
            status: problem.code().status(),
            headers: Vec::new(),
            body,
        };
        answer.extend(headers);
        if problem.code() == Code::Unauthorized {
            // RFC 9110 section 11.6.1: a 401 says how to authenticate.
            answer.add("www-authenticate", "Bearer");
        }
        answer.add("content-type", "application/problem+json");
        answer.add("cache-control", "no-store");
        answer
    }
}

/// Runs the handler within the deadline. A panic is one failed request, never a lost execution environment.
///
/// A handler that is late goes on, unheard. Its lease was given back by then, so it cannot commit what its caller was told
/// has failed.
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
    let reply = deadline::by(deadline, handler(clients, input)).await??;
    let (body, media_type) = reply.output.into_body()?;
    let mut answer = Answer {
        status: reply.status,
        headers: Vec::new(),
        body,
    };
    answer.extend(reply.headers);
    if answer.status != 204 {
        answer.add("content-type", media_type);
    }
    Ok(answer)
}

#[cfg(test)]
#[path = "serve_tests.rs"]
mod tests;
