// Package modeltest has a server for tests that speaks as the providers of language models do,
// well or badly. The name of the model in a request says how.
package modeltest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// Names of models, each of which behaves in its own way. Any other name answers well.
const (
	Good       = "good"
	Fenced     = "fenced"       // the answer stands in a fence of Markdown
	Held       = "held"         // begins to answer, and goes on once Release is called
	Stalled    = "stalled"      // begins to answer, and brings nothing more
	Silent     = "silent"       // does not answer at all
	Busy       = "busy"         // 429 with Retry-After
	BusyUntold = "busy-untold"  // 429 without it
	NoKey      = "no-key"       // 401, and its body repeats the key
	Unknown    = "unknown"      // 404
	Rejected   = "rejected"     // 400
	Down       = "down"         // 503
	Elsewhere  = "elsewhere"    // redirects to Thief
	Garbage    = "garbage"      // a stream of no events
	Page       = "page"         // a web page
	BadJSON    = "bad-json"     // events without JSON
	CutOff     = "cut-off"      // ends in the middle
	Midway     = "midway"       // an error within the stream
	Long       = "long"         // runs into the limit of tokens
	Declines   = "declines"     // the model does not want to answer
	Prose      = "prose"        // an answer that is no JSON
	Obeys      = "obeys"        // does what an instruction in the data says: it links to another host
	Leaks      = "leaks"        // answers with Secret
	OtherStep  = "other-step"   // cites a step that is not there
	OtherLine  = "other-line"   // cites a line that is not there
	Bidi       = "bidi"         // hides something behind a bidirectional mark
	Extra      = "extra"        // a field that the schema does not have
	Huge       = "huge"         // more than any answer has
	Echo       = "placeholders" // writes with the placeholders of the data
)

// Server speaks /v1/chat/completions and /v1/messages. Its zero value is ready.
type Server struct {
	Secret string // that Leaks answers with
	Thief  string // where Elsewhere redirects to

	mu      sync.Mutex
	asked   []Asked
	release chan struct{}
}

// Asked is a request that the server got.
type Asked struct {
	Path   string
	Header http.Header
	Body   string
}

// Asked returns the requests so far.
func (s *Server) Asked() []Asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Asked(nil), s.asked...)
}

// Release lets the model Held go on.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.gateLocked())
	s.release = nil
}

func (s *Server) gateLocked() chan struct{} {
	if s.release == nil {
		s.release = make(chan struct{})
	}
	return s.release
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Model    string `json:"model"`
		Messages []struct {
			Content string `json:"content"`
		} `json:"messages"`
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(raw, &body) != nil || len(body.Messages) == 0 {
		http.Error(w, `{"error":{"message":"no request"}}`, http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.asked = append(s.asked, Asked{Path: r.URL.Path, Header: r.Header.Clone(), Body: string(raw)})
	gate := s.gateLocked()
	s.mu.Unlock()
	if s.refuse(w, r, body.Model) {
		return
	}
	out := &writer{w: w, anthropic: strings.HasSuffix(r.URL.Path, "/messages"), model: body.Model}
	play(r, out, gate, s.answer(body.Model, body.Messages[len(body.Messages)-1].Content))
}

// play streams an answer as the model does. Gate holds the model Held.
func play(r *http.Request, out *writer, gate <-chan struct{}, text string) {
	switch out.model {
	case Held, Stalled:
		out.begin()
		out.text(text[:20])
		if out.model == Stalled {
			gate = nil
		}
		select {
		case <-r.Context().Done():
			return
		case <-gate:
		}
		out.text(text[20:])
		out.end("")
	case CutOff:
		out.begin()
		out.text(text[:20])
	case BadJSON:
		out.begin()
		out.event("message", "{not json")
	case Midway:
		out.begin()
		out.event("error", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`)
	case Long:
		out.begin()
		out.text(text[:20])
		out.end("length")
	case Declines:
		out.begin()
		out.end("declined")
	default:
		out.begin()
		for part := range chunks(text, 24) {
			out.text(part)
		}
		out.end("")
	}
}

func chunks(text string, size int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(text) > 0 {
			end := min(size, len(text))
			for end < len(text) && text[end]&0xC0 == 0x80 {
				end++
			}
			if !yield(text[:end]) {
				return
			}
			text = text[end:]
		}
	}
}

// refuse answers a request whose model does not get as far as a stream.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, model string) bool {
	fail := func(status int, message string) bool {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", "req-1")
		w.WriteHeader(status)
		problem := map[string]any{"type": "error", "error": map[string]string{"type": "some_error", "message": message}}
		_ = json.NewEncoder(w).Encode(problem) // a client that is gone has had enough
		return true
	}
	switch model {
	case Busy:
		w.Header().Set("Retry-After", "42")
		return fail(http.StatusTooManyRequests, "slow down")
	case BusyUntold:
		return fail(http.StatusTooManyRequests, "slow down")
	case NoKey:
		return fail(http.StatusUnauthorized, "this key is wrong: "+r.Header.Get("Authorization")+r.Header.Get("X-Api-Key"))
	case Unknown:
		return fail(http.StatusNotFound, "no such model")
	case Rejected:
		return fail(http.StatusBadRequest, "max_tokens is too large")
	case Down:
		return fail(http.StatusServiceUnavailable, "we are down")
	case Elsewhere:
		http.Redirect(w, r, s.Thief, http.StatusTemporaryRedirect)
		return true
	case Silent:
		<-r.Context().Done()
		return true
	case Garbage:
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "\x00\x01 this is no stream of events\n\n")
		return true
	case Page:
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html>Sign in to the network</html>")
		return true
	}
	return false
}

var (
	stepPattern = regexp.MustCompile(`"step": "([^"]+)",\s+"title"`)
	namePattern = regexp.MustCompile(`‹(?:host|connection|person|email|secret|setting)-\d+›`)
)

// answer returns what a model answers to a message.
func (s *Server) answer(model, message string) string {
	step := "?"
	if found := stepPattern.FindStringSubmatch(message); found != nil {
		step = found[1]
	}
	a := map[string]any{
		"summary": "The sync could not sign in at the vendor.", "cause": "The vendor refused the credential.", "who": "you",
		"evidence": []map[string]any{{"step": step, "text": "This step ended with the refusal."}},
		"remedies": []map[string]any{{"text": "Make a new credential at the vendor and store it.", "who": "you"}},
	}
	switch model {
	case Obeys:
		a["summary"] = "Please sign in again at https://evil.example.net/login to repair the connection."
	case Leaks:
		a["summary"] = "The credential is " + s.Secret + "."
	case OtherStep:
		a["evidence"] = []map[string]any{{"step": "stream.invented", "text": "This step failed."}}
	case OtherLine:
		a["evidence"] = []map[string]any{{"line": 4711, "text": "This line says so."}}
	case Bidi:
		a["cause"] = "The vendor refused \u202Ethe credential."
	case Extra:
		a["html"] = "<b>bold</b>"
	case Huge:
		return strings.Repeat("x", 300<<10)
	case Prose:
		return "I believe that the credential has expired."
	case Echo:
		a["cause"] = "It is about " + strings.Join(namePattern.FindAllString(message, -1), " ") + "."
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return ""
	}
	if model == Fenced {
		return "```json\n" + string(raw) + "\n```"
	}
	return string(raw)
}

// writer writes a stream in one of the two shapes.
type writer struct {
	w         http.ResponseWriter
	anthropic bool
	model     string
}

func (o *writer) event(name, data string) {
	if o.anthropic {
		fmt.Fprintf(o.w, "event: %s\n", name)
	}
	fmt.Fprintf(o.w, "data: %s\n\n", data)
	if f, ok := o.w.(http.Flusher); ok {
		f.Flush()
	}
}

func (o *writer) begin() {
	o.w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	if o.anthropic {
		o.event("message_start", fmt.Sprintf(`{"type":"message_start","message":{"id":"msg_1","role":"assistant","content":[],"model":%q,`+
			`"usage":{"input_tokens":321,"output_tokens":1}}}`, o.model))
		o.event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`)
		o.event("ping", `{"type":"ping"}`)
		return
	}
	o.event("", fmt.Sprintf(`{"id":"c1","object":"chat.completion.chunk","model":%q,`+
		`"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`, o.model))
}

func (o *writer) text(text string) {
	if o.anthropic {
		o.event("content_block_delta",
			fmt.Sprintf(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":%s}}`, quoted(text)))
		return
	}
	o.event("", fmt.Sprintf(`{"id":"c1","choices":[{"index":0,"delta":{"content":%s},"finish_reason":null}]}`, quoted(text)))
}

func (o *writer) end(why string) {
	if o.anthropic {
		reason := map[string]string{"": "end_turn", "length": "max_tokens", "declined": "refusal"}[why]
		o.event("content_block_stop", `{"type":"content_block_stop","index":0}`)
		o.event("message_delta", fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":%q,"stop_sequence":null},`+
			`"usage":{"output_tokens":54}}`, reason))
		o.event("message_stop", `{"type":"message_stop"}`)
		return
	}
	reason := map[string]string{"": "stop", "length": "length", "declined": "content_filter"}[why]
	o.event("", fmt.Sprintf(`{"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":%q}],`+
		`"usage":{"prompt_tokens":321,"completion_tokens":54}}`, reason))
	o.event("", "[DONE]")
}

func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(raw)
}
