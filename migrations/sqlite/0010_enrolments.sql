-- In which sign-in or session an authenticator app was begun: nobody else is shown its seed.
ALTER TABLE totp_devices ADD COLUMN begun_in TEXT;
