//! What a verification finds, in the words that people read.

/// Where a checkpoint was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckpointPlace {
    /// In the database.
    Database,
    /// In the file.
    File,
}

impl std::fmt::Display for CheckpointPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Database => "the database",
            Self::File => "the checkpoint file",
        })
    }
}

/// Something that cannot be so if nobody tampered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// A record's hash is not that of its contents and place.
    #[error(
        "stream {stream_id}, record {sequence}: the record is not what was recorded (its hash does not fit)"
    )]
    Edited {
        /// The stream.
        stream_id: String,
        /// The record.
        sequence: i64,
    },
    /// A record does not follow the one before it.
    #[error("stream {stream_id}, record {sequence}: the record does not follow the one before it")]
    Unlinked {
        /// The stream.
        stream_id: String,
        /// The record.
        sequence: i64,
    },
    /// Records are missing.
    #[error("stream {stream_id}: records {first} to {last} are missing")]
    Missing {
        /// The stream.
        stream_id: String,
        /// The first that is missing.
        first: i64,
        /// The last.
        last: i64,
    },
    /// The stream ends before a signed head.
    #[error(
        "stream {stream_id} ends at record {found}, but checkpoint {checkpoint} in {place} saw record {signed}: its end was cut off, or an old copy was put back"
    )]
    Truncated {
        /// The stream.
        stream_id: String,
        /// Its last record; 0 when there is no such stream.
        found: i64,
        /// The head that was signed.
        signed: i64,
        /// By which checkpoint.
        checkpoint: String,
        /// Where that is.
        place: CheckpointPlace,
    },
    /// The stream has another history than a signed head.
    #[error(
        "stream {stream_id}, record {sequence}: not the record that checkpoint {checkpoint} in {place} saw: the stream was rewritten"
    )]
    Rewritten {
        /// The stream.
        stream_id: String,
        /// The record.
        sequence: i64,
        /// The checkpoint that saw another.
        checkpoint: String,
        /// Where that is.
        place: CheckpointPlace,
    },
    /// A checkpoint's signature does not fit, or its row says something else than its signed text.
    #[error("checkpoint {checkpoint} in {place} is not what was signed")]
    ForgedCheckpoint {
        /// Which.
        checkpoint: String,
        /// Where.
        place: CheckpointPlace,
    },
    /// A checkpoint is signed by a key that is not this instance's.
    #[error(
        "checkpoint {checkpoint} in {place} is signed by key {key_id}, which is not an audit key of this instance"
    )]
    UnknownKey {
        /// Which.
        checkpoint: String,
        /// Where.
        place: CheckpointPlace,
        /// The key that it names.
        key_id: String,
    },
    /// A checkpoint that a later one or the file knows is not in the database, or is another.
    #[error("checkpoint {checkpoint} is missing from the database or was exchanged")]
    MissingCheckpoint {
        /// Which.
        checkpoint: String,
    },
    /// More than one checkpoint says that it is the first.
    #[error("checkpoint {checkpoint} begins a second chain of checkpoints")]
    SecondFirst {
        /// Which.
        checkpoint: String,
    },
    /// The file has none, and the database has.
    #[error(
        "{file} has no checkpoint, and the database has {checkpoints}: without it a cut end and an old copy are not seen. Put the file back; after a restore start the server, which writes the last one there"
    )]
    NoneInFile {
        /// Which file.
        file: String,
        /// How many the database has.
        checkpoints: u64,
    },
    /// A line of the file is not a checkpoint.
    #[error("line {line} of the checkpoint file is not a checkpoint")]
    BadLine {
        /// Counted from 1.
        line: u64,
    },
}
