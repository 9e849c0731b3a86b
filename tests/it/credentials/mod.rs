//! What people prove themselves with: charged before it is looked at, used once, stored so that nobody can read it back.

mod ended;
mod guesses;
mod lockout;
mod single_use;
mod stored;
