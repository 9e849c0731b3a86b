//! Groups by rule: who is in them by what they are.

use serde::{Deserialize, Serialize};

use super::{InvalidText, User, fold_key};

/// So many conditions a rule may have.
const MOST_CONDITIONS: usize = 20;

/// Who is in a group by what they are. A person without what a condition asks about does not meet it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRule {
    /// How many of the conditions must hold.
    pub quantifier: Quantifier,
    /// Never empty.
    pub conditions: Vec<RuleCondition>,
}

/// How many conditions must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantifier {
    /// Each.
    All,
    /// At least one.
    Any,
}

/// One condition on a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleCondition {
    /// `user_name`, `email`, `display_name`, `given_name`, `family_name` or `attributes.<name>`.
    pub source: String,
    /// How it is compared, without regard to case.
    pub operator: RuleOperator,
    /// With what.
    pub value: String,
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleOperator {
    /// One of the values is this.
    Is,
    /// There are values, and none is this.
    IsNot,
    /// One of the values begins so.
    StartsWith,
    /// One of the values ends so.
    EndsWith,
}

impl RuleOperator {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Is, "is"),
        (Self::IsNot, "is-not"),
        (Self::StartsWith, "starts-with"),
        (Self::EndsWith, "ends-with"),
    ];

    /// As people write it.
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(operator, _)| *operator == self)
            .map_or("is", |(_, word)| word)
    }
}

impl GroupRule {
    /// Reads conditions as people write them, one a line: `attributes.department is Platform`.
    ///
    /// # Errors
    /// With the line that is none.
    pub fn parse(quantifier: Quantifier, text: &str) -> Result<Self, InvalidText> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let conditions = lines.map(RuleCondition::parse).collect::<Result<_, _>>()?;
        let rule = Self {
            quantifier,
            conditions,
        };
        rule.check()?;
        Ok(rule)
    }

    /// Whether it can be kept: it has conditions, each with a source that people have.
    ///
    /// # Errors
    /// With the rule that it breaks.
    pub fn check(&self) -> Result<(), InvalidText> {
        if !(1..=MOST_CONDITIONS).contains(&self.conditions.len()) {
            return Err(wrong("must have 1 to 20 conditions, one a line"));
        }
        self.conditions.iter().try_for_each(RuleCondition::check)
    }

    /// The conditions, one a line.
    pub fn to_text(&self) -> String {
        let lines: Vec<String> = self.conditions.iter().map(RuleCondition::to_text).collect();
        lines.join("\n")
    }

    /// Whether a person is in the group.
    pub fn matches(&self, user: &User) -> bool {
        let mut holds = self
            .conditions
            .iter()
            .map(|condition| condition.holds(user));
        match self.quantifier {
            Quantifier::All => !self.conditions.is_empty() && holds.all(|holds| holds),
            Quantifier::Any => holds.any(|holds| holds),
        }
    }
}

impl RuleCondition {
    fn parse(line: &str) -> Result<Self, InvalidText> {
        let mut words = line.splitn(3, char::is_whitespace);
        let (Some(source), Some(word), Some(value)) = (words.next(), words.next(), words.next())
        else {
            return Err(wrong(
                "each line needs a source, is, is-not, starts-with or ends-with, and a value",
            ));
        };
        let operator = RuleOperator::ALL.iter().find(|(_, known)| *known == word);
        let (operator, _) = operator
            .ok_or_else(|| wrong("compares by is, is-not, starts-with or ends-with alone"))?;
        Ok(Self {
            source: source.to_owned(),
            operator: *operator,
            value: value.trim().to_owned(),
        })
    }

    fn check(&self) -> Result<(), InvalidText> {
        const FIELDS: [&str; 5] = [
            "user_name",
            "email",
            "display_name",
            "given_name",
            "family_name",
        ];
        let is_attribute = self
            .source
            .strip_prefix("attributes.")
            .is_some_and(|name| !name.is_empty());
        if !is_attribute && !FIELDS.contains(&self.source.as_str()) {
            return Err(wrong(
                "asks about user_name, email, display_name, given_name, family_name or attributes.<name> alone",
            ));
        }
        if self.value.is_empty() || self.value.chars().count() > 256 {
            return Err(wrong("compares with 1 to 256 characters"));
        }
        Ok(())
    }

    fn to_text(&self) -> String {
        format!("{} {} {}", self.source, self.operator.as_str(), self.value)
    }

    fn holds(&self, user: &User) -> bool {
        let wanted = fold_key(&self.value);
        let values: Vec<String> = user
            .values(&self.source)
            .iter()
            .map(|v| fold_key(v))
            .collect();
        match self.operator {
            RuleOperator::Is => values.contains(&wanted),
            RuleOperator::IsNot => !values.is_empty() && !values.contains(&wanted),
            RuleOperator::StartsWith => values.iter().any(|value| value.starts_with(&wanted)),
            RuleOperator::EndsWith => values.iter().any(|value| value.ends_with(&wanted)),
        }
    }
}

const fn wrong(reason: &'static str) -> InvalidText {
    InvalidText {
        what: "group rule",
        reason,
    }
}
