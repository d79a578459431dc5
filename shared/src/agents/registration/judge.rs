//! Holds a registration file against the ERC.
//!
//! Where the ERC says MUST, or gives a field a type, a breach is an error. Where it says SHOULD
//! (`registrations`), or names a field without saying what its absence means (`services`,
//! `x402Support`, `active`), it is a warning. The choice matters: most sound files on mainnet have
//! no `registrations`, because an agent has no id before it is registered.

use serde_json::{Map, Value};

use super::TYPE;
use super::fault::{Fault, FaultCode};
use super::file::{Registration, RegistrationRef, Service};
use super::json::step;
use crate::limits::REGISTRATION_FAULTS_MAX;

/// What `file` says, and what is wrong with it.
pub(super) fn judge(file: &Value, faults: &mut Vec<Fault>) -> Registration {
    let Some(fields) = file.as_object() else {
        let detail = format!("is {}, not an object", kind(file));
        faults.push(Fault::error(FaultCode::NotAnObject, "", detail));
        return Registration::default();
    };
    let mut judge = Judge { faults };
    let registration = Registration {
        file_type: judge.file_type(fields),
        name: judge.required(fields, "", "name"),
        description: judge.described(fields, "description"),
        image: judge.described(fields, "image"),
        services: judge.services(fields),
        x402_support: judge.flag(fields, "x402Support", Some("x402support")),
        active: judge.flag(fields, "active", None),
        registrations: judge.registrations(fields),
        supported_trust: judge.supported_trust(fields),
    };
    faults.truncate(REGISTRATION_FAULTS_MAX);
    registration
}

type Fields = Map<String, Value>;

struct Judge<'a> {
    faults: &'a mut Vec<Fault>,
}

impl Judge<'_> {
    fn error(&mut self, code: FaultCode, pointer: &str, detail: &str) {
        // A file can have any number of faults; a reader has patience for some.
        if self.faults.len() < REGISTRATION_FAULTS_MAX {
            self.faults.push(Fault::error(code, pointer, detail));
        }
    }

    fn warning(&mut self, code: FaultCode, pointer: &str, detail: &str) {
        if self.faults.len() < REGISTRATION_FAULTS_MAX {
            self.faults.push(Fault::warning(code, pointer, detail));
        }
    }

    fn wrong_type(&mut self, pointer: &str, value: &Value, wanted: &str) {
        self.error(
            FaultCode::WrongType,
            pointer,
            &format!("is {}, not {wanted}", kind(value)),
        );
    }

    fn file_type(&mut self, fields: &Fields) -> Option<String> {
        let file_type = self.required(fields, "", "type")?;
        if file_type != TYPE && !file_type.is_empty() {
            self.error(
                FaultCode::UnknownFileType,
                "/type",
                &format!("is not `{TYPE}`"),
            );
        }
        Some(file_type)
    }

    /// A string that must be there and say something.
    fn required(&mut self, fields: &Fields, at: &str, name: &str) -> Option<String> {
        let pointer = step(at, name);
        let Some(value) = fields.get(name) else {
            self.error(FaultCode::Missing, &pointer, "is missing");
            return None;
        };
        let text = self.string(value, &pointer)?;
        if text.trim().is_empty() {
            self.error(FaultCode::Empty, &pointer, "is empty");
        }
        Some(text)
    }

    /// A string that must be there and should say something.
    fn described(&mut self, fields: &Fields, name: &str) -> Option<String> {
        let Some(Value::String(text)) = fields.get(name) else {
            return self.required(fields, "", name);
        };
        if text.trim().is_empty() {
            self.warning(FaultCode::Empty, &step("", name), "is empty");
        }
        Some(text.clone())
    }

    fn string(&mut self, value: &Value, pointer: &str) -> Option<String> {
        let text = value.as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong_type(pointer, value, "a string");
        }
        text
    }

    /// The field, by the name that it has or by one that it had or is mistaken for.
    fn spelled<'a>(
        &mut self,
        fields: &'a Fields,
        name: &str,
        others: &[&str],
    ) -> Option<(String, &'a Value)> {
        let mut found = fields.get(name).map(|value| (step("", name), value));
        for other in others {
            let Some(value) = fields.get(*other) else {
                continue;
            };
            let pointer = step("", other);
            let unread = if found.is_some() {
                ", and is not read beside it"
            } else {
                ""
            };
            let detail = format!("is spelled `{name}` in the ERC{unread}");
            self.warning(FaultCode::Spelling, &pointer, &detail);
            found = found.or(Some((pointer, value)));
        }
        found
    }

    fn flag(&mut self, fields: &Fields, name: &str, other: Option<&str>) -> Option<bool> {
        let Some((pointer, value)) = self.spelled(fields, name, other.as_slice()) else {
            self.warning(FaultCode::Missing, &step("", name), "is missing");
            return None;
        };
        if !value.is_boolean() {
            self.wrong_type(&pointer, value, "true or false");
        }
        value.as_bool()
    }

    /// The objects of a list, with their places; what is no object is a fault.
    fn objects<'a>(&mut self, list: &'a Value, pointer: &str) -> Vec<(usize, String, &'a Fields)> {
        let Some(items) = list.as_array() else {
            self.wrong_type(pointer, list, "a list");
            return Vec::new();
        };
        let mut objects = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let pointer = format!("{pointer}/{place}");
            match item.as_object() {
                Some(fields) => objects.push((place, pointer, fields)),
                None => self.wrong_type(&pointer, item, "an object"),
            }
        }
        objects
    }

    fn services(&mut self, fields: &Fields) -> Vec<Service> {
        let Some((pointer, list)) = self.spelled(fields, "services", &["endpoints"]) else {
            self.warning(FaultCode::Missing, "/services", "is missing");
            return Vec::new();
        };
        self.objects(list, &pointer)
            .into_iter()
            .map(|(position, at, fields)| self.service(position, &at, fields))
            .collect()
    }

    fn service(&mut self, position: usize, at: &str, fields: &Fields) -> Service {
        let name = self.required(fields, at, "name");
        let endpoint = self.required(fields, at, "endpoint");
        let version = fields.get("version").filter(|version| !version.is_null());
        let version = version.and_then(|version| self.string(version, &step(at, "version")));
        let mut skills = self.strings(fields.get("skills"), &step(at, "skills"));
        skills.extend(self.strings(fields.get("a2aSkills"), &step(at, "a2aSkills")));
        let domains = self.strings(fields.get("domains"), &step(at, "domains"));
        Service {
            position,
            name,
            endpoint,
            version,
            skills,
            domains,
        }
    }

    /// The strings of a list that may be absent.
    fn strings(&mut self, list: Option<&Value>, pointer: &str) -> Vec<String> {
        let Some(list) = list else { return Vec::new() };
        let Some(items) = list.as_array() else {
            self.wrong_type(pointer, list, "a list");
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .filter_map(|(place, item)| self.string(item, &format!("{pointer}/{place}")))
            .collect()
    }

    fn supported_trust(&mut self, fields: &Fields) -> Vec<String> {
        match self.spelled(fields, "supportedTrust", &["supportedTrusts"]) {
            Some((pointer, list)) => self.strings(Some(list), &pointer),
            None => Vec::new(),
        }
    }

    fn registrations(&mut self, fields: &Fields) -> Vec<RegistrationRef> {
        let Some(list) = fields.get("registrations") else {
            self.warning(FaultCode::Missing, "/registrations", "is missing");
            return Vec::new();
        };
        if list.as_array().is_some_and(Vec::is_empty) {
            self.warning(FaultCode::Empty, "/registrations", "is empty");
        }
        self.objects(list, "/registrations")
            .into_iter()
            .filter_map(|(_, at, fields)| self.registration(&at, fields))
            .collect()
    }

    fn registration(&mut self, at: &str, fields: &Fields) -> Option<RegistrationRef> {
        let pointer = step(at, "agentId");
        let agent_id = match fields.get("agentId") {
            None => {
                self.error(FaultCode::Missing, &pointer, "is missing");
                None
            }
            Some(id) if id.is_u64() => id.as_u64(),
            Some(id) => {
                self.wrong_type(&pointer, id, "an integer from 0 on");
                // Meant well enough to be used.
                id.as_str().and_then(|id| id.parse().ok())
            }
        };
        let agent_registry = self.required(fields, at, "agentRegistry")?;
        if !is_registry(&agent_registry) {
            let detail = "is not {namespace}:{chainId}:{identityRegistry}";
            self.error(
                FaultCode::MalformedRegistry,
                &step(at, "agentRegistry"),
                detail,
            );
            return None;
        }
        Some(RegistrationRef {
            agent_id: agent_id?.to_string(),
            agent_registry,
        })
    }
}

/// CAIP-10 for every namespace; for `eip155` a chain's number and an address.
fn is_registry(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let [namespace, chain, registry] = parts.as_slice() else {
        return false;
    };
    if *namespace == "eip155" {
        let address = registry.strip_prefix("0x").unwrap_or_default();
        return chain.parse::<u64>().is_ok()
            && address.len() == 40
            && address.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let letters = |part: &str, max: usize, others: &str| {
        (1..=max).contains(&part.len())
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || others.contains(c))
    };
    letters(namespace, 8, "-") && letters(chain, 32, "-_") && letters(registry, 128, "-.%")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
