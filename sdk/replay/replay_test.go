package replay_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// through returns a client that uses the proxy like a contained connector.
func through(t *testing.T, o replay.Options) (*http.Client, *replay.Proxy) {
	t.Helper()
	o.Dir = t.TempDir()
	proxy, err := replay.NewProxy(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	environ := map[string]string{}
	for _, e := range proxy.Environ() {
		name, value, _ := strings.Cut(e, "=")
		environ[name] = value
	}
	address, err := url.Parse(environ["PLUMBLINE_PROXY"])
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := os.ReadFile(environ["SSL_CERT_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(trusted)
	transport := &http.Transport{Proxy: http.ProxyURL(address), TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		proxy
}

// ask returns the status and body of one answer, or the client's error.
func ask(t *testing.T, c *http.Client, method, address, body string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err != nil {
		return "error: " + err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return answer.Status[:3] + " error: " + err.Error()
	}
	return answer.Status[:3] + " " + string(raw)
}

func recorded() []replay.Exchange {
	return []replay.Exchange{
		{Method: "GET", URL: "https://api.example.com/users?page=1&size=2", Status: 200, JSON: []byte(`["ann"]`)},
		{Method: "GET", URL: "https://api.example.com/users?page=1&size=2", Status: 200, JSON: []byte(`["bob"]`)},
		{Method: "POST", URL: "https://api.example.com/graphql", Asked: `{"q":1, "r":2}`, Status: 200, JSON: []byte(`{"data":1}`)},
		{Method: "GET", URL: "https://api.example.com/audit?since=*", Status: 200, JSON: []byte(`[]`)},
		{Method: "GET", URL: "http://127.0.0.1:9/plain", Status: 404, Text: "nothing"},
	}
}

func TestAnswersWhatWasRecorded(t *testing.T) {
	t.Parallel()
	player := replay.NewPlayer(recorded())
	client, _ := through(t, replay.Options{Upstream: player})
	steps := []struct{ method, address, body, want string }{
		{"GET", "https://api.example.com/users?size=2&page=1", "", `200 ["ann"]`},
		{"GET", "https://api.example.com/users?page=1&size=2", "", `200 ["bob"]`},
		{"GET", "https://api.example.com/users?page=1&size=2", "", `200 ["bob"]`},
		{"POST", "https://api.example.com/graphql", `{"r":2,"q":1}`, `200 {"data":1}`},
		{"GET", "https://api.example.com/audit?since=2026-01-01", "", `200 []`},
		{"GET", "http://127.0.0.1:9/plain", "", `404 nothing`},
		{"POST", "https://api.example.com/graphql", `{"q":2}`, "599 This request was not recorded: POST https://api.example.com/graphql\n"},
		{"GET", "https://other.example.com/users", "", "599 This request was not recorded: GET https://other.example.com/users\n"},
	}
	for _, s := range steps {
		if got := ask(t, client, s.method, s.address, s.body); got != s.want {
			t.Errorf("%s %s: got %q, want %q", s.method, s.address, got, s.want)
		}
	}
	want := []string{"POST https://api.example.com/graphql", "GET https://other.example.com/users"}
	if diff := cmp.Diff(want, player.Missing()); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault replay.Fault
		want  []string // answers, by their beginnings
	}{
		"a status, so many times": {replay.Fault{Status: 500, Times: 2}, []string{"500 ", "500 ", `200 ["ann"]`}},
		"from the nth request on": {replay.Fault{Status: 429, After: 1}, []string{`200 ["ann"]`, "429 ", "429 "}},
		"a page of HTML":          {replay.Fault{Body: "<html>"}, []string{"200 <html>"}},
		"half a document":         {replay.Fault{Truncate: true}, []string{`200 ["a`}},
		"a break in the body":     {replay.Fault{Break: true, Times: 1}, []string{"200 error: unexpected EOF", `200 ["bob"]`}},
		"no answer":               {replay.Fault{Stall: true}, []string{"error: "}},
		"a slow answer":           {replay.Fault{Drip: 50 * time.Millisecond}, []string{`200 ["ann"]`}},
		"a redirect":              {replay.Fault{Redirect: "self"}, []string{"302 "}},
		"a bomb":                  {replay.Fault{Bomb: 1 << 20, Times: 1}, []string{`200 {"data":"0000`, `200 ["bob"]`}},
		"an edit": {replay.Fault{Edit: func(_ replay.Request, body []byte) []byte { return bytes.ToUpper(body) }},
			[]string{`200 ["ANN"]`}},
		"no connection": {replay.Fault{Refuse: "dns"}, []string{"error: "}},
		"another request alone": {replay.Fault{Status: 500, Only: func(q replay.Request) bool { return q.Method == http.MethodPost }},
			[]string{`200 ["ann"]`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, proxy := through(t, replay.Options{Upstream: replay.NewPlayer(recorded()), Faults: []replay.Fault{test.fault}})
			for i, want := range test.want {
				got := ask(t, client, "GET", "https://api.example.com/users?page=1&size=2", "")
				if !strings.HasPrefix(got, want) {
					t.Errorf("answer %d: got %.60q, want %q", i+1, got, want)
				}
			}
			noted := "GET"
			if test.fault.Refuse != "" {
				noted = "CONNECT"
			}
			if got := proxy.Count(func(q replay.Request) bool { return q.Method == noted }); got != len(test.want) {
				t.Errorf("%d requests are noted, want %d", got, len(test.want))
			}
		})
	}
}

func TestAnUntrustedCertificateIsRefused(t *testing.T) {
	t.Parallel()
	client, _ := through(t, replay.Options{Upstream: replay.NewPlayer(recorded()), Untrusted: true})
	if got := ask(t, client, "GET", "https://api.example.com/users?page=1&size=2", ""); !strings.Contains(got, "certificate") {
		t.Errorf("got %q", got)
	}
}

func TestTheProxyWantsItsToken(t *testing.T) {
	t.Parallel()
	_, proxy := through(t, replay.Options{Upstream: replay.NewPlayer(recorded())})
	for token, want := range map[string]string{"": "error: Proxy Authentication Required", "wrong": "error: Proxy Authentication Required"} {
		transport := proxy.Transport()
		address, err := transport.Proxy(&http.Request{URL: &url.URL{Scheme: "https", Host: "api.example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		address.User = url.UserPassword("run", token)
		transport.Proxy = http.ProxyURL(address)
		got := ask(t, &http.Client{Transport: transport}, "GET", "https://api.example.com/users?page=1&size=2", "")
		if !strings.HasPrefix(got, "error: ") || !strings.HasSuffix(got, strings.TrimPrefix(want, "error: ")) {
			t.Errorf("token %q: got %q", token, got)
		}
		transport.CloseIdleConnections()
	}
}

func TestABombGrowsAHundredfold(t *testing.T) {
	t.Parallel()
	client, _ := through(t, replay.Options{Upstream: replay.NewPlayer(recorded()), Faults: []replay.Fault{{Bomb: 4 << 20}}})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example.com/users?page=1&size=2", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip") // asked for by hand, it is not unpacked
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.ContentLength*100 > 4<<20 || answer.ContentLength < 1 {
		t.Errorf("%d bytes are sent for %d", answer.ContentLength, 4<<20)
	}
}

// TestNoSecretReachesTheDisk records a system that repeats every secret in many forms, and searches each file
// for them.
func TestNoSecretReachesTheDisk(t *testing.T) {
	t.Parallel()
	const key, password, handed = "sk_live_Canary/4711+aB>>>>>?????", "pa55 w\"rd-canary", "handed-out-canary-0815"
	const cookie, linked, asked = "cookie-canary-1", "linked-canary-2", "asked-canary-3" // known by their names alone
	system := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "sid="+cookie)
		w.Header().Set("X-Api-Key", key)
		w.Header().Set("Link", `<http://example.com/next?token=`+linked+`&page=2>; rel="next"`)
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		_, _ = io.WriteString(w, `{"access_token":"`+handed+`","echo":"`+base64.StdEncoding.EncodeToString([]byte(key))+`","url":"/x?k=`+
			url.QueryEscape(key)+`","pw":"pa55 w\"rd-canary","changed_password_at":"2026-01-02T03:04:05Z"}`)
	}))
	defer system.Close()
	scrub, madeUp := replay.NewScrubber(map[string]string{"api_key": key, "password": password})
	recorder := replay.NewRecorder(&replay.Live{}, scrub)
	client, _ := through(t, replay.Options{Upstream: recorder})
	if got := ask(t, client, "GET", system.URL+"/first?sig="+asked+"&who="+url.QueryEscape(handed), ""); !strings.HasPrefix(got, "200 ") ||
		!strings.Contains(got, handed) {
		t.Fatalf("got %q", got)
	}
	ask(t, client, "POST", system.URL+"/token?api_key="+url.QueryEscape(key), "client_secret="+url.QueryEscape(password))
	dir := t.TempDir()
	if err := (replay.Fixture{Settings: []byte(`{}`), Secrets: madeUp, Exchanges: recorder.Exchanges()}).Save(dir); err != nil {
		t.Fatal(err)
	}
	canaries := []string{key, password, handed, cookie, linked, asked}
	for _, c := range slices.Clone(canaries) {
		canaries = append(canaries, url.QueryEscape(c), url.PathEscape(c), strings.ReplaceAll(c, `"`, `\"`), strings.ReplaceAll(c, `"`, `\\\"`),
			base64.StdEncoding.EncodeToString([]byte(c)), base64.RawURLEncoding.EncodeToString([]byte(c)))
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		raw, err := os.ReadFile(path)
		for _, c := range canaries {
			if bytes.Contains(raw, []byte(c)) {
				t.Errorf("%s holds %q:\n%s", entry.Name(), c, raw)
			}
		}
		return err
	})
	if err != nil || files != 3 {
		t.Fatalf("%d files, %v", files, err)
	}
	back, err := replay.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Secrets["api_key"]) != len(key) || !strings.HasPrefix(back.Secrets["api_key"], "sk_") || len(back.Exchanges) != 2 {
		t.Errorf("read back: %v", back)
	}
	if !bytes.Contains(back.Exchanges[0].JSON, []byte("2026-01-02T03:04:05Z")) {
		t.Errorf("a moment was taken for a secret: %s", back.Exchanges[0].JSON)
	}
}

// TestPlaysBackWhatItRecorded records with the true secrets and sends the same requests with the made-up ones.
func TestPlaysBackWhatItRecorded(t *testing.T) {
	t.Parallel()
	system := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"path":"`+r.URL.Path+`"}`)
	}))
	defer system.Close()
	scrub, madeUp := replay.NewScrubber(map[string]string{"token": "true-token-4711"})
	recorder := replay.NewRecorder(&replay.Live{}, scrub)
	client, _ := through(t, replay.Options{Upstream: recorder})
	ask(t, client, "GET", system.URL+"/tenant/true-token-4711/users?api_key=true-token-4711&q=1", "")
	player := replay.NewPlayer(recorder.Exchanges())
	again, _ := through(t, replay.Options{Upstream: player})
	got := ask(t, again, "GET", system.URL+"/tenant/"+madeUp["token"]+"/users?q=1&api_key="+madeUp["token"], "")
	if want := `200 {"path":"/tenant/` + madeUp["token"] + `/users"}`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestScenariosAreLaidOverTheRecording(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("settings.json", `{"url":"https://a.example"}`)
	write("secrets.json", `{"token":"made-up"}`)
	write("exchanges.jsonl", "{\n \"method\": \"GET\", \"url\": \"https://a.example/x\", \"status\": 200\n}\n")
	write("scenarios/bad/secrets.json", `{"token":"other"}`)
	write("scenarios/bad/expect.json", `{"code":"auth.invalid"}`)
	f, err := replay.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	bad := f.Scenarios["bad"]
	if string(bad.Settings) != `{"url":"https://a.example"}` || bad.Secrets["token"] != "other" || bad.Expect.Code != "auth.invalid" ||
		len(bad.Exchanges) != 1 {
		t.Errorf("got %+v", bad)
	}
	if f.Secrets["token"] != "made-up" {
		t.Errorf("the scenario changed the recording above it: %v", f.Secrets)
	}
	write("exchanges.jsonl", `{"method":"GET","url":"/x","status":200}`)
	if _, err := replay.Load(dir); err == nil || !strings.Contains(err.Error(), "exchange 1") {
		t.Errorf("an exchange without a host: %v", err)
	}
}

// TestATunnelForPlainHTTP is a client that opens a tunnel also for plain HTTP. The recording has the plain
// requests, and an idle tunnel ends with the proxy.
func TestATunnelForPlainHTTP(t *testing.T) {
	t.Parallel()
	_, proxy := through(t, replay.Options{Upstream: replay.NewPlayer(recorded())})
	open := func() net.Conn {
		transport := proxy.Transport()
		address, err := transport.Proxy(new(http.Request))
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", address.Host)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		password, _ := address.User.Password()
		credential := base64.StdEncoding.EncodeToString([]byte("run:" + password))
		if _, err := io.WriteString(conn, "CONNECT 127.0.0.1:9 HTTP/1.1\r\nHost: 127.0.0.1:9\r\nProxy-Authorization: Basic "+credential+
			"\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		opened := make([]byte, len("HTTP/1.1 200 Connection established\r\n\r\n"))
		if _, err := io.ReadFull(conn, opened); err != nil || !strings.Contains(string(opened), "200") {
			t.Fatalf("the tunnel: %q, %v", opened, err)
		}
		return conn
	}
	conn := open()
	if _, err := io.WriteString(conn, "GET /plain HTTP/1.1\r\nHost: 127.0.0.1:9\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 404") || !strings.HasSuffix(string(answer), "nothing") {
		t.Errorf("the answer is %q, %v", answer, err)
	}
	silent := open()
	proxy.Close()
	if rest, err := io.ReadAll(silent); len(rest) > 0 {
		t.Errorf("a silent tunnel got %q, %v", rest, err)
	}
}

// TestRequestsThatDifferInAHeader has a list whose page is asked for in a header.
func TestRequestsThatDifferInAHeader(t *testing.T) {
	t.Parallel()
	system := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "page "+r.Header.Get("Range"))
	}))
	defer system.Close()
	scrub, _ := replay.NewScrubber(nil)
	recorder := replay.NewRecorder(&replay.Live{}, scrub)
	address, err := url.Parse(system.URL + "/users")
	if err != nil {
		t.Fatal(err)
	}
	send := func(to replay.Upstream, page, agent string) string {
		q := replay.Request{Method: http.MethodGet, URL: address, Header: http.Header{"User-Agent": {agent}}}
		if page != "" {
			q.Header.Set("Range", page)
		}
		a, err := to.Answer(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return string(a.Body)
	}
	for _, page := range []string{"", "2", "3"} {
		send(recorder, page, "first "+page)
	}
	player := replay.NewPlayer(recorder.Exchanges())
	for _, page := range []string{"3", "", "2", "2"} {
		if got := send(player, page, "again"); got != "page "+page {
			t.Errorf("page %q is %q", page, got)
		}
	}
}

func TestRequestsThatWereNotRecorded(t *testing.T) {
	t.Parallel()
	player := replay.NewPlayer()
	player.Otherwise = func(q replay.Request) (replay.Answer, bool) {
		return replay.Answer{Status: http.StatusNotFound}, q.URL.Path == "/known"
	}
	for _, path := range []string{"/known", "/other"} {
		u := &url.URL{Scheme: "https", Host: "model.example.com", Path: path}
		a, err := player.Answer(t.Context(), replay.Request{Method: http.MethodGet, URL: u})
		if err != nil || a.Status != http.StatusNotFound {
			t.Errorf("%s: %d, %v", path, a.Status, err)
		}
	}
	if got := player.Missing(); len(got) != 1 || got[0] != "GET https://model.example.com/other" {
		t.Errorf("missing: %v", got)
	}
}

// TestACookieKeepsItsName records an answer with two cookies, and a body that repeats one of them.
func TestACookieKeepsItsName(t *testing.T) {
	t.Parallel()
	scrub, _ := replay.NewScrubber(nil)
	u, err := url.Parse("https://wiki.example/api.php")
	if err != nil {
		t.Fatal(err)
	}
	e := scrub.Exchange(replay.Request{Method: http.MethodGet, URL: u}, replay.Answer{
		Status: http.StatusOK, Body: []byte(`{"sid":"S3cret-4711"}`),
		Header: http.Header{"Set-Cookie": {"wiki_session=S3cret-4711; path=/; HttpOnly", "seen=Yes"}},
	})
	cookies := e.Header["Set-Cookie"]
	first, rest, _ := strings.Cut(strings.TrimPrefix(cookies, "wiki_session="), ";")
	if !strings.HasPrefix(cookies, "wiki_session=") || len(first) != len("S3cret-4711") ||
		!strings.HasPrefix(rest, " path=/; HttpOnly, seen=") {
		t.Errorf("the cookies are %q", cookies)
	}
	if strings.Contains(cookies, "S3cret") || strings.Contains(cookies, "Yes") || string(e.JSON) != `{"sid":"`+first+`"}` {
		t.Errorf("the cookies are %q, the body %s", cookies, e.JSON)
	}
}
