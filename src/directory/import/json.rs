//! JSON: a list of objects, or an object whose `users` is one. Lists may be lists; `attributes` may be an object.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::columns::Column;
use super::{ImportRow, ImportTable, MOST_ROWS};

/// # Errors
/// When the file is no list of people.
pub(super) fn read(octets: &[u8]) -> Result<ImportTable, String> {
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let people = list(octets).map_err(|error| format!("no list of people in JSON: {error}"))?;
    if people.len() > MOST_ROWS {
        return Err("more than 100,000 rows; import it in parts".to_owned());
    }
    let mut table = ImportTable {
        unit: "row",
        rows: Vec::with_capacity(people.len()),
        problems: Vec::new(),
    };
    for (number, members) in (1..).zip(people) {
        let mut row = ImportRow {
            line: number,
            ..ImportRow::default()
        };
        let mut seen: Vec<String> = Vec::with_capacity(members.0.len());
        for (name, value) in &members.0 {
            if seen.contains(name) {
                table.problem(number, name, "is there twice".to_owned());
            } else if let Err(reason) = member(&mut row, name, value) {
                table.problem(number, name, reason);
            }
            seen.push(name.clone());
        }
        table.rows.push(row);
    }
    Ok(table)
}

fn list(octets: &[u8]) -> Result<Vec<Members>, serde_json::Error> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wrapped {
        users: Vec<Members>,
    }
    let first = octets.iter().find(|b| !b.is_ascii_whitespace());
    if first == Some(&b'{') {
        return serde_json::from_slice::<Wrapped>(octets).map(|wrapped| wrapped.users);
    }
    serde_json::from_slice(octets)
}

fn member(row: &mut ImportRow, name: &str, value: &Value) -> Result<(), String> {
    if name == "attributes"
        && let Value::Object(attributes) = value
    {
        for (name, value) in attributes {
            set(row, &Column::Attribute(name.clone()), value)?;
        }
        return Ok(());
    }
    set(row, &Column::parse(name)?, value)
}

fn set(row: &mut ImportRow, column: &Column, value: &Value) -> Result<(), String> {
    match (column, value) {
        (_, Value::Null) => Ok(()),
        (_, Value::String(text)) => {
            column.put(row, text);
            Ok(())
        }
        (Column::Attribute(name), Value::Array(values)) => {
            row.attributes.insert(name.clone(), texts(values)?);
            Ok(())
        }
        (Column::Named("groups"), Value::Array(values)) => {
            row.groups = texts(values)?;
            Ok(())
        }
        // Keycloak's two parts.
        (Column::Named("password_hash"), Value::Object(_)) => {
            column.put(row, &value.to_string());
            Ok(())
        }
        _ => Err(
            "must be a text in \"quotes\", or a list of texts where there may be several"
                .to_owned(),
        ),
    }
}

fn texts(values: &[Value]) -> Result<Vec<String>, String> {
    values
        .iter()
        .map(|value| {
            let text = value.as_str().map(str::to_owned);
            text.ok_or_else(|| "every value of the list must be a text in \"quotes\"".to_owned())
        })
        .collect()
}

/// An object's members in their order, with those that are there twice: a map would keep the last and say nothing.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object for each person")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Each)
    }
}
