//! Values and rows, the same for both engines.

use std::sync::Arc;

use super::StoreError;

/// A value bound to a parameter or read from a column. Booleans are 0 and 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// BIGINT / INTEGER.
    Int(i64),
    /// TEXT.
    Text(String),
}

impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Self::Int(v)
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Self::Int(i64::from(v))
    }
}
impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Self::Text(v.to_owned())
    }
}
impl From<String> for Value {
    fn from(v: String) -> Self {
        Self::Text(v)
    }
}
impl From<crate::model::Timestamp> for Value {
    fn from(v: crate::model::Timestamp) -> Self {
        Self::Int(v.as_millis())
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Null, Into::into)
    }
}

/// One row of a result, read by column name.
#[derive(Debug, Clone)]
pub struct Row {
    columns: Arc<Vec<String>>,
    values: Vec<Value>,
}

impl Row {
    /// Used by the engines.
    pub(crate) fn new(columns: Arc<Vec<String>>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    fn value(&self, column: &str) -> Result<&Value, StoreError> {
        self.columns
            .iter()
            .position(|c| c == column)
            .and_then(|i| self.values.get(i))
            .ok_or_else(|| StoreError::Data(format!("no column {column}")))
    }

    /// A TEXT column.
    ///
    /// # Errors
    /// [`StoreError::Data`] when the column is missing, NULL or of another type.
    pub fn text(&self, column: &str) -> Result<String, StoreError> {
        self.opt_text(column)?
            .ok_or_else(|| StoreError::Data(format!("{column} is NULL")))
    }

    /// A TEXT column that may be NULL.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(t) => Ok(Some(t.clone())),
            Value::Int(_) => Err(StoreError::Data(format!("{column} is not text"))),
        }
    }

    /// A BIGINT column.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.opt_int(column)?
            .ok_or_else(|| StoreError::Data(format!("{column} is NULL")))
    }

    /// A BIGINT column that may be NULL.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Int(n) => Ok(Some(*n)),
            Value::Text(_) => Err(StoreError::Data(format!("{column} is not a number"))),
        }
    }

    /// A 0/1 column.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// A column of milliseconds since the epoch.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn time(&self, column: &str) -> Result<crate::model::Timestamp, StoreError> {
        self.int(column).map(crate::model::Timestamp::from_millis)
    }

    /// A column of milliseconds that may be NULL.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn opt_time(&self, column: &str) -> Result<Option<crate::model::Timestamp>, StoreError> {
        Ok(self
            .opt_int(column)?
            .map(crate::model::Timestamp::from_millis))
    }

    /// A TEXT column parsed into a checked type.
    ///
    /// # Errors
    /// As [`Row::text`], and when the text does not parse.
    pub fn parse<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: TryFrom<String>,
        T::Error: std::fmt::Display,
    {
        T::try_from(self.text(column)?).map_err(|e| StoreError::Data(format!("{column}: {e}")))
    }

    /// A TEXT column holding JSON.
    ///
    /// # Errors
    /// As [`Row::text`], and when the JSON is not of the type.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?)
            .map_err(|e| StoreError::Data(format!("{column}: {e}")))
    }
}
