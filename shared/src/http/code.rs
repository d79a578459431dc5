//! The closed catalogue of problems. Every code has its line in the API reference, generated from here.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! catalogue {
    ($($variant:ident = $name:literal, $status:literal, $title:literal, $meaning:literal;)*) => {
        /// What went wrong, for programs. Codes are never renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum Code {
            $(
                #[doc = $meaning]
                #[serde(rename = $name)]
                $variant,
            )*
        }

        impl Code {
            /// Every code, in the order of the reference.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code's name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The HTTP status that it is sent with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The problem's title: the same for every occurrence (RFC 9457 section 3.1.3).
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What it means and what a caller can do, for the reference.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

catalogue! {
    ValidationError = "VALIDATION_ERROR", 400, "Invalid input",
        "A parameter, header or field breaks its rule; `errors` points at each.";
    InvalidAddress = "INVALID_ADDRESS", 400, "Invalid address",
        "An EVM address is not 20 bytes of hex, or its EIP-55 checksum is wrong.";
    RegistrationFileInvalid = "REGISTRATION_FILE_INVALID", 400, "Invalid registration file",
        "The registration file breaks ERC-8004; `errors` points at every fault.";
    MetadataLimitExceeded = "METADATA_LIMIT_EXCEEDED", 400, "Too much metadata",
        "More metadata keys, or a longer value, than the registry takes.";
    ChainNotSupported = "CHAIN_NOT_SUPPORTED", 400, "Chain not supported",
        "The chain is not configured here; `GET /v1/chains` lists those that are.";
    Unauthorized = "UNAUTHORIZED", 401, "Not authenticated",
        "The API key is missing, malformed, unknown, expired or revoked.";
    Forbidden = "FORBIDDEN", 403, "Tier too low",
        "The endpoint needs a higher tier; `detail` names it.";
    UnauthorizedOperation = "UNAUTHORIZED_OPERATION", 403, "Not your wallet",
        "The key's wallet may not act in that wallet's name.";
    RouteNotFound = "ROUTE_NOT_FOUND", 404, "No such route",
        "No endpoint has this path; `/docs` lists them all.";
    AgentNotFound = "AGENT_NOT_FOUND", 404, "No such agent",
        "No agent has this id on that chain and registry, or it was not indexed yet.";
    FeedbackNotFound = "FEEDBACK_NOT_FOUND", 404, "No such feedback",
        "No feedback has this id.";
    PaymentNotFound = "PAYMENT_NOT_FOUND", 404, "No such payment",
        "No payment has this id, or the chain does not know the transaction.";
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405, "Method not allowed",
        "The path exists but not with this method; `Allow` lists those that it takes.";
    AgentAlreadyExists = "AGENT_ALREADY_EXISTS", 409, "Agent exists",
        "The agent is registered already.";
    PaymentAlreadyLinked = "PAYMENT_ALREADY_LINKED", 409, "Payment already linked",
        "The payment is linked to an agent already; it counts once.";
    IdempotencyKeyInUse = "IDEMPOTENCY_KEY_IN_USE", 409, "Request in progress",
        "A request with this idempotency key is under way; ask again when it has ended.";
    AgentSuspended = "AGENT_SUSPENDED", 409, "Agent suspended",
        "The registry suspended the agent; nothing can be written to it.";
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", 413, "Body too large",
        "The body is longer than the endpoint takes; `detail` names the limit.";
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported media type",
        "Bodies are `application/json`.";
    PaymentRejected = "PAYMENT_REJECTED", 422, "Payment rejected",
        "The transaction holds no transfer that pays this agent.";
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", 422, "Idempotency key reused",
        "The idempotency key was used with another request.";
    FeedbackTooSoon = "FEEDBACK_TOO_SOON", 429, "Feedback too soon",
        "A client waits between two feedbacks to one agent; `Retry-After` says how long.";
    RateLimitExceeded = "RATE_LIMIT_EXCEEDED", 429, "Rate limit exceeded",
        "The quota is used up; `Retry-After` says when the next call is admitted.";
    InternalError = "INTERNAL_ERROR", 500, "Internal error",
        "A fault of ours; it is logged under `requestId`.";
    DependencyUnavailable = "DEPENDENCY_UNAVAILABLE", 503, "Temporarily unavailable",
        "A part that the answer needs is out of reach; try again after `Retry-After`.";
}

// By hand: the derive does not see names that come out of a macro.
impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let catalogue: Vec<_> = Self::ALL
            .iter()
            .map(|code| {
                json!({
                    "code": code.as_str(),
                    "status": code.status(),
                    "title": code.title(),
                    "meaning": code.meaning(),
                })
            })
            .collect();
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "What went wrong, for programs. Codes are never renamed.",
            ))
            .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
            .extensions(Some(
                Extensions::builder().add("x-problems", catalogue).build(),
            ))
            .build()
            .into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Code")
    }
}

impl Code {
    /// The fragment of the reference that explains it.
    #[must_use]
    pub fn anchor(self) -> String {
        format!(
            "problem-{}",
            self.as_str().to_ascii_lowercase().replace('_', "-")
        )
    }
}
