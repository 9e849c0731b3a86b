//! A browser without JavaScript: cookies by name, forms by their fields, and no redirect followed unasked.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use signet::model::Span;

use super::{Person, TestApp};
use crate::saml::forge::escape;

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(n, _)| n == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.body);
        self.header("location").unwrap()
    }

    pub(crate) fn cookies(&self) -> Vec<&str> {
        let all = self.headers.iter().filter(|(n, _)| n == "set-cookie");
        all.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of the form field of that name, unescaped.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        attribute_behind(&self.body, &format!("name=\"{name}\""), "value=\"")
    }

    /// Where the first form goes that a person fills in.
    pub(crate) fn action(&self) -> String {
        let forms = self.body.split("<form ").skip(1);
        let mut filled = forms.filter(|form| !form.starts_with("class=\"passkey\""));
        let form = filled.next().expect("a form");
        attribute_behind(&format!("<form {form}"), "<form ", "action=\"").expect("an action")
    }

    /// Where the link of that id leads.
    pub(crate) fn link(&self, id: &str) -> String {
        attribute_behind(&self.body, &format!("id=\"{id}\""), "href=\"").expect(id)
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    pub(crate) fn assert(&self, status: u16, text: &str) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        assert!(self.has(text), "\"{text}\" is not in: {}", self.body);
        self
    }
}

fn attribute_behind(html: &str, mark: &str, attribute: &str) -> Option<String> {
    let (_, behind) = html.split_once(mark)?;
    let (element, _) = behind.split_once('>')?;
    let (_, value) = element.split_once(attribute)?;
    Some(unescape(value.split_once('"')?.0))
}

/// The character references that the templates write.
pub(crate) fn unescape(text: &str) -> String {
    let known = [
        ("&#x2f;", "/"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    known
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// A browser with its cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    address: SocketAddr,
    agent: ureq::Agent,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub(crate) headers: Vec<(&'static str, String)>,
}

pub(crate) const SESSION_COOKIE: &str = "__Host-signet_session";

impl Browser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        Self {
            address,
            agent: config.into(),
            cookies: BTreeMap::new(),
            headers: Vec::new(),
        }
    }

    /// The same browser, sent to another node by its balancer.
    pub(crate) fn at(&mut self, address: SocketAddr) -> &mut Self {
        self.address = address;
        self
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.try_get(path).unwrap()
    }

    /// For a server that may be gone.
    pub(crate) fn try_get(&mut self, path: &str) -> Result<Answer, ureq::Error> {
        let url = self.url(path);
        let mut request = self.agent.get(&url);
        for (name, value) in self.all_headers() {
            request = request.header(name, value);
        }
        let response = request.call()?;
        self.keep(response)
    }

    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(path, fields).unwrap()
    }

    pub(crate) fn try_post(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<Answer, ureq::Error> {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
            .collect();
        self.try_post_text(path, "application/x-www-form-urlencoded", &pairs.join("&"))
    }

    pub(crate) fn post_text(&mut self, path: &str, media_type: &str, body: &str) -> Answer {
        self.try_post_text(path, media_type, body).unwrap()
    }

    fn try_post_text(
        &mut self,
        path: &str,
        media_type: &str,
        body: &str,
    ) -> Result<Answer, ureq::Error> {
        let url = self.url(path);
        let mut request = self.agent.post(&url).header("content-type", media_type);
        for (name, value) in self.all_headers() {
            request = request.header(name, value);
        }
        let response = request.send(body)?;
        self.keep(response)
    }

    /// Another site's form posts: the browser keeps the cookies that are `Lax` to itself.
    pub(crate) fn post_from_elsewhere(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let own = std::mem::take(&mut self.cookies);
        let answer = self.post(path, fields);
        self.cookies = own;
        self.keep_cookies(&answer);
        answer
    }

    /// Any method.
    pub(crate) fn send(&mut self, method: &str, path: &str) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(self.url(path));
        for (name, value) in self.all_headers() {
            request = request.header(name, value);
        }
        let request = request.body(()).unwrap();
        let response = self.agent.run(request).unwrap();
        self.keep(response).unwrap()
    }

    fn url(&self, path: &str) -> String {
        assert!(path.starts_with('/'), "not a path of ours: {path}");
        format!("http://{}{path}", self.address)
    }

    fn all_headers(&self) -> Vec<(&'static str, String)> {
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut headers = self.headers.clone();
        if !pairs.is_empty() {
            headers.push(("cookie", pairs.join("; ")));
        }
        headers
    }

    fn keep(
        &mut self,
        mut response: ureq::http::Response<ureq::Body>,
    ) -> Result<Answer, ureq::Error> {
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect(),
            body: response.body_mut().read_to_string()?,
        };
        self.keep_cookies(&answer);
        Ok(answer)
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for cookie in answer.cookies() {
            let (pair, rest) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Follows redirects to our own paths.
    pub(crate) fn follow(&mut self, answer: Answer) -> Answer {
        let mut answer = answer;
        for _ in 0..8 {
            if answer.status != 303 {
                return answer;
            }
            let path = answer.location().to_owned();
            answer = self.get(&path);
        }
        panic!("too many redirects");
    }

    pub(crate) fn open(&mut self, path: &str) -> Answer {
        let answer = self.get(path);
        self.follow(answer)
    }

    /// Sends the first form of a page with these fields besides its token.
    pub(crate) fn submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let csrf = page.field("csrf").expect("a token");
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.post(&page.action(), &all)
    }

    pub(crate) fn submit_password(&mut self, page: &Answer, name: &str, password: &str) -> Answer {
        let answer = self.submit(page, &[("user_name", name), ("password", password)]);
        self.follow(answer)
    }

    pub(crate) fn submit_code(&mut self, page: &Answer, code: &str) -> Answer {
        let answer = self.submit(page, &[("code", code)]);
        self.follow(answer)
    }

    /// From the page that asks for the password to where the sign-in leads.
    pub(crate) fn complete(&mut self, app: &TestApp, page: &Answer, person: &Person) -> Answer {
        let second = self.submit_password(page, &person.user_name, &person.password);
        second.assert(200, "name=\"code\"");
        self.submit_code(&second, &person.next_code(app))
    }

    /// Signs in at the portal.
    pub(crate) fn sign_in(&mut self, app: &TestApp, person: &Person) -> Answer {
        let page = self.open("/");
        let portal = self.complete(app, &page, person);
        portal.assert(200, "id=\"sign-out\"");
        portal
    }

    pub(crate) fn is_signed_in(&mut self) -> bool {
        self.get("/").status == 200
    }
}

impl Person {
    /// A code that has not been used: of the next step, at which the clock then stands.
    pub(crate) fn next_code(&self, app: &TestApp) -> String {
        app.clock.advance(Span::seconds(30));
        self.code_at(app.clock.now())
    }
}
