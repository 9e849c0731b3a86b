//! CSV (RFC 4180): a line of column names, then one record for each person. UTF-8, commas.

use csv::{ByteRecord, ReaderBuilder, Trim};

use super::columns::Column;
use super::{ImportProblem, ImportRow, ImportTable, MOST_ROWS};

/// # Errors
/// When the file is no table at all.
pub(super) fn read(octets: &[u8]) -> Result<ImportTable, String> {
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .trim(Trim::Headers)
        .from_reader(octets);
    let header = reader.byte_headers().map_err(|e| e.to_string())?.clone();
    if let Some(separator) = other_separator(&header) {
        return Err(format!(
            "line 1: the columns are separated by {separator}; save the file as CSV with commas (UTF-8)"
        ));
    }
    let mut table = ImportTable {
        unit: "line",
        rows: Vec::new(),
        problems: Vec::new(),
    };
    let columns = columns(&header, &mut table)?;
    let mut record = ByteRecord::new();
    let mut lines = Lines {
        octets,
        counted: 0,
        line: 1,
    };
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(table),
            Err(error) => return Err(error.to_string()),
        }
        if table.rows.len() == MOST_ROWS {
            return Err("more than 100,000 rows; import it in parts".to_owned());
        }
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        if record.len() != columns.len() {
            let reason = format!(
                "{} fields where the first line names {}; a field with a comma or a quote in it stands in \"quotes\"",
                record.len(),
                columns.len()
            );
            table.problem(line, "the row", reason);
            continue;
        }
        let row = row(&columns, &record, line, &mut table);
        table.rows.push(row);
    }
}

/// What stands between the names where there is no comma: as spreadsheets save it in many countries.
fn other_separator(header: &ByteRecord) -> Option<&'static str> {
    let name = header.get(0).filter(|_| header.len() == 1)?;
    if name.contains(&b';') {
        return Some("semicolons");
    }
    name.contains(&b'\t').then_some("tabs")
}

/// Unknown columns end the reading: what would be left out of every row is nothing to go on with.
fn columns(header: &ByteRecord, table: &mut ImportTable) -> Result<Vec<Column>, String> {
    let mut columns: Vec<Column> = Vec::with_capacity(header.len());
    for name in header {
        let name = String::from_utf8_lossy(name);
        match Column::parse(&name) {
            Ok(column) if columns.contains(&column) => {
                table.problem(1, &name, "the column is there twice".to_owned());
            }
            Ok(column) => columns.push(column),
            Err(reason) => table.problem(1, &name, reason),
        }
    }
    for needed in ["user_name", "email"] {
        if !columns.iter().any(|column| column.name() == needed) {
            table.problem(1, needed, "the column is missing".to_owned());
        }
    }
    if table.problems.is_empty() {
        return Ok(columns);
    }
    let told: Vec<String> = table
        .problems
        .iter()
        .map(|p| format!("line 1, {}: {}", p.column, p.reason))
        .collect();
    Err(told.join("\n"))
}

fn row(columns: &[Column], record: &ByteRecord, line: u64, table: &mut ImportTable) -> ImportRow {
    let mut row = ImportRow {
        line,
        ..ImportRow::default()
    };
    for (column, field) in columns.iter().zip(record) {
        match std::str::from_utf8(field) {
            Ok(text) => column.put(&mut row, text),
            Err(_) => {
                let reason = "is not UTF-8; save the file as UTF-8".to_owned();
                table.problem(line, &column.name(), reason);
            }
        }
    }
    row
}

/// Lines as an editor counts them. The reader's own count is one behind after CRLF and after empty lines, which it takes
/// for the beginning of the next record.
struct Lines<'a> {
    octets: &'a [u8],
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that begins at or behind this octet. Asked in the order of the file.
    fn at(&mut self, octet: u64) -> u64 {
        let from = usize::try_from(octet).unwrap_or(usize::MAX);
        let is_end = |b: &&u8| matches!(b, b'\r' | b'\n');
        let rest = self.octets.get(from..).unwrap_or_default();
        let begin = from.saturating_add(rest.iter().take_while(is_end).count());
        let passed = self.octets.get(self.counted..begin).unwrap_or_default();
        let after = passed.iter().skip(1).chain(std::iter::once(&b' '));
        let ends = passed
            .iter()
            .zip(after)
            .filter(|(b, next)| **b == b'\n' || (**b == b'\r' && **next != b'\n'));
        self.line = self.line.saturating_add(ends.count() as u64);
        self.counted = begin;
        self.line
    }
}

impl ImportTable {
    pub(super) fn problem(&mut self, line: u64, column: &str, reason: String) {
        self.problems.push(ImportProblem {
            line,
            column: column.to_owned(),
            reason,
        });
    }
}
