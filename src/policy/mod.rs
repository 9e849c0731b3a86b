//! The one decision. Pure: no IO, no clock, no database; sees values only.
//!
//! Owns [`EffectivePolicy`], [`decide`] and [`Grant`], the only thing in exchange for which anything is issued.
