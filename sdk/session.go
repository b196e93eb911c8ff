package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// Session is one run or one check of a connection: its settings, its secrets, and the values that
// Connect keeps. It is safe for concurrent use.
type Session struct {
	connector *Connector
	settings  []byte // JSON object with defaults filled in, without secrets
	secrets   map[string]Secret
	scrub     *scrubber
	report    reporter
	lease     *lease
	room      *room // of the answers that all clients read
	way       way

	mu         sync.Mutex
	step       string
	values     map[reflect.Type]any
	closers    []func()
	transports []*http.Transport
	tempDir    string
	concealed  []Secret
}

// reporter sends a session's messages other than records. A check has only log messages, so
// progress and throttle may be nil.
type reporter struct {
	log      func(*connectorv1.Log)
	progress func(*connectorv1.Progress)
	throttle func(*connectorv1.Throttle)
}

// newSession validates the credentials offline. It returns the session and one error for each
// wrong setting.
func newSession(c *Connector, creds *connectorv1.Credentials, report reporter) (*Session, []*Error) {
	s := &Session{
		connector: c, report: report, secrets: map[string]Secret{}, values: map[reflect.Type]any{}, lease: newLease(), room: newRoom(),
	}
	for name, value := range creds.GetSecrets() {
		s.secrets[name] = NewSecret(value)
	}
	s.scrub = newScrubber(s.secrets)
	var wrong []*Error
	s.settings, wrong = checkSettings(c.ConfigSchema, creds)
	return s, wrong
}

// checkSettings returns the settings with the defaults of the schema. It validates settings and
// secrets together, because the schema describes both.
func checkSettings(rawSchema []byte, creds *connectorv1.Credentials) ([]byte, []*Error) {
	config, err := readConfigSchema(rawSchema)
	if err != nil {
		return nil, []*Error{Errorf(CodeInternalBug, "read config schema: %w", err)}
	}
	settings := map[string]json.RawMessage{}
	if len(creds.GetSettings()) > 0 {
		if err := json.Unmarshal(creds.GetSettings(), &settings); err != nil || settings == nil {
			return nil, []*Error{ConfigInvalid("", "the settings are not a JSON object")}
		}
	}
	for name, p := range config.Properties {
		if _, set := settings[name]; !set && p.Default != nil {
			settings[name] = p.Default
		}
	}
	plain, err := json.Marshal(settings)
	if err != nil {
		return nil, []*Error{ConfigInvalid("", "the settings are not a JSON object")}
	}
	for name, value := range creds.GetSecrets() {
		settings[name], _ = json.Marshal(value)
	}
	whole, _ := json.Marshal(settings)
	compiled, err := schema.Compile(rawSchema)
	if err != nil {
		return nil, []*Error{Errorf(CodeInternalBug, "compile config schema: %w", err)}
	}
	return plain, settingErrors(compiled.Validate(whole))
}

func settingErrors(err error) []*Error {
	var invalid *schema.Invalid
	if !errors.As(err, &invalid) {
		if err != nil {
			return []*Error{Errorf(CodeInternalBug, "validate settings: %w", err)}
		}
		return nil
	}
	wrong := make([]*Error, len(invalid.Violations))
	for i, v := range invalid.Violations {
		wrong[i] = ConfigInvalid(v.Pointer, "%s %s", settingLabel(v.Pointer), v.Rule)
	}
	return wrong
}

func settingLabel(pointer string) string {
	if pointer == "" {
		return "the settings"
	}
	return strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", ".")
}

// Settings decodes the settings, with the defaults of the schema, into a struct. A setting that
// into does not have, or of another type, is a config.invalid that names it.
func (s *Session) Settings(into any) error {
	d := json.NewDecoder(bytes.NewReader(s.settings))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var typed *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &typed):
		pointer := "/" + strings.ReplaceAll(typed.Field, ".", "/")
		return ConfigInvalid(pointer, "%s must be a %s, not a %s", typed.Field, typed.Type, typed.Value)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return ConfigInvalid("", "the settings are not a JSON object")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return ConfigInvalid("/"+strings.Trim(name, `"`), "%s is not a known setting", name)
	}
	return ConfigInvalid("", "the settings cannot be read: %w", err)
}

// Secret returns the secret with that name, empty when it is not set.
func (s *Session) Secret(name string) Secret { return s.secrets[name] }

// Log returns a logger for the run's log. It removes secrets from each line.
func (s *Session) Log() *slog.Logger { return slog.New(&logHandler{session: s}) }

// Set keeps a value for the rest of the run, one per type, e.g. the connection that Connect
// opened. From returns it.
func (s *Session) Set(value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[reflect.TypeOf(value)] = value
}

// From returns the value of type T that Set keeps.
func From[T any](s *Session) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.values {
		if t, ok := v.(T); ok {
			return t, nil
		}
	}
	var zero T
	return zero, Errorf(CodeInternalBug, "nothing of type %s was set in this run", reflect.TypeFor[T]())
}

// ConnectWith returns a Connect that keeps what open returns, for ReadWith and From.
func ConnectWith[T any](open func(ctx context.Context, s *Session) (T, error)) func(context.Context, *Session) error {
	return func(ctx context.Context, s *Session) error {
		v, err := open(ctx, s)
		if err != nil {
			return err
		}
		s.Set(v)
		return nil
	}
}

// ReadWith returns a Read that gives read the value of type T that Connect keeps.
func ReadWith[T any](read func(ctx context.Context, of T, out *Output) error) func(context.Context, *Session, *Output) error {
	return func(ctx context.Context, s *Session, out *Output) error {
		v, err := From[T](s)
		if err != nil {
			return err
		}
		return read(ctx, v, out)
	}
}

// OnClose registers f to run at the end of the run or check, the last one first.
func (s *Session) OnClose(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closers = append(s.closers, f)
}

// TempDir returns a private directory. The end of the run removes it.
func (s *Session) TempDir() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tempDir != "" {
		return s.tempDir, nil
	}
	dir, err := os.MkdirTemp("", s.connector.ID+"-")
	if err != nil {
		return "", fmt.Errorf("make temp directory: %w", err)
	}
	s.tempDir = dir
	return dir, nil
}

// close runs the functions of OnClose. A panic in one does not stop the others.
func (s *Session) close() {
	s.mu.Lock()
	closers, dir := s.closers, s.tempDir
	s.closers, s.tempDir = nil, ""
	s.mu.Unlock()
	for _, f := range slices.Backward(closers) {
		if err := guard(func() error { f(); return nil }); err != nil {
			s.Log().Error("close: " + err.Error())
		}
	}
	if dir != "" {
		if err := os.RemoveAll(dir); err != nil {
			s.Log().Warn("remove temp directory: " + err.Error())
		}
	}
}

// enter sets the step of the following logs and requests. Streams are read one after another, so a
// client made in Connect serves all of them.
func (s *Session) enter(step string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.step = step
}

func (s *Session) currentStep() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.step
}

// permissions returns the permissions that the current step needs.
func (s *Session) permissions() []string {
	if stream := s.connector.stream(s.currentStep()); stream != nil {
		return stream.Permissions
	}
	return nil
}

func (s *Session) sendProgress(p *connectorv1.Progress) {
	if s.report.progress == nil {
		return
	}
	p.Step, p.Note = s.currentStep(), cut(s.scrub.text(p.GetNote()), 1<<10)
	s.report.progress(p)
}

func (s *Session) sendThrottle(t *connectorv1.Throttle) {
	if s.report.throttle == nil {
		return
	}
	t.Step = s.currentStep()
	s.report.throttle(t)
}

// logHandler sends slog lines to the host.
type logHandler struct {
	session *Session
	attrs   []slog.Attr
	group   string
}

func (h *logHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.attrs = slices.Concat(h.attrs, h.prefixed(attrs))
	return &c
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	c := *h
	c.group = h.group + name + "."
	return &c
}

func (h *logHandler) prefixed(attrs []slog.Attr) []slog.Attr {
	named := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		named[i] = slog.Attr{Key: h.group + a.Key, Value: a.Value}
	}
	return named
}

func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	scrub := h.session.scrub
	line := &connectorv1.Log{
		Level: logLevel(r.Level), Message: cut(scrub.text(r.Message), MaxLogBytes), Step: h.session.currentStep(),
		Fields: map[string]string{},
	}
	add := func(a slog.Attr) bool {
		line.Fields[a.Key] = cut(scrub.text(a.Value.Resolve().String()), 1<<10)
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(func(a slog.Attr) bool { return add(slog.Attr{Key: h.group + a.Key, Value: a.Value}) })
	h.session.report.log(line)
	return nil
}

func logLevel(l slog.Level) connectorv1.Log_Level {
	switch {
	case l < slog.LevelInfo:
		return connectorv1.Log_LEVEL_DEBUG
	case l < slog.LevelWarn:
		return connectorv1.Log_LEVEL_INFO
	case l < slog.LevelError:
		return connectorv1.Log_LEVEL_WARN
	default:
		return connectorv1.Log_LEVEL_ERROR
	}
}
