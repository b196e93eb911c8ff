package api

import (
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host"
)

// Refusal is the body of every refusal: RFC 9457 with the host's problem in it.
type Refusal struct {
	Type   string `json:"type" doc:"Always about:blank: code says what kind of problem it is"`
	Title  string `json:"title" doc:"The status in words"`
	Status int    `json:"status"`
	Detail string `json:"detail" doc:"What went wrong, in one sentence"`
	host.Problem
}

// Error implements error.
func (p *Refusal) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Refusal) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Refusal) ContentType(string) string { return "application/problem+json" }

// Unwrap returns the host's problem.
func (p *Refusal) Unwrap() error { return &p.Problem }

// NewRefusal returns the body of a refusal because of err.
func NewRefusal(err error) *Refusal {
	problem := host.AsProblem(err)
	status := statusOf(problem)
	return &Refusal{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: problem.Error(), Problem: *problem}
}

func asError(err error) error { return NewRefusal(err) }

func statusOf(p *host.Problem) int {
	if strings.HasPrefix(p.Code, "release.") && p.Code != host.CodeReleaseLock {
		return http.StatusUnprocessableEntity
	}
	switch p.Code {
	case host.CodeNotFound:
		return http.StatusNotFound
	case host.CodeInvalid, host.CodeNotAConnector, host.CodeConnectorGone:
		return http.StatusUnprocessableEntity
	case host.CodeDisconnected:
		return http.StatusConflict
	case host.CodeConflict:
		if slices.ContainsFunc(p.Fields, func(f host.FieldError) bool { return f.Field == "revision" }) {
			return http.StatusPreconditionFailed
		}
		return http.StatusConflict
	case host.CodeBusy, host.CodeLocked:
		return http.StatusConflict
	case host.CodeDiskFull:
		return http.StatusInsufficientStorage
	case host.CodeHistoryPruned:
		return http.StatusGone
	case host.CodeUnauthenticated:
		return http.StatusUnauthorized
	case host.CodeUnreachable:
		return http.StatusBadGateway
	case host.CodeForbidden:
		return http.StatusForbidden
	default:
		return http.StatusInternalServerError
	}
}

// problemTransformer turns the refusals of the framework, such as a body that breaks its
// schema, into problems.
func problemTransformer(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &Refusal{
		Type: "about:blank", Title: model.Title, Status: model.Status, Detail: model.Detail,
		Problem: host.Problem{Code: host.CodeInvalid, Message: model.Detail, Fault: host.FaultCustomer, Retry: host.RetryNever},
	}
	if model.Status >= http.StatusInternalServerError {
		p.Code, p.Fault = host.CodeInternal, host.FaultHost
	}
	for _, e := range model.Errors {
		if e != nil {
			p.Fields = append(p.Fields, host.FieldError{Field: fieldOf(e.Location), Message: e.Message})
		}
	}
	return p, nil
}

// fieldOf returns the field's name of the framework's location.
func fieldOf(location string) string {
	for _, part := range []string{"body.", "query.", "path.", "header."} {
		if rest, ok := strings.CutPrefix(location, part); ok {
			return rest
		}
	}
	return location
}

func (s *Server) problemSchema() *huma.Schema {
	return s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Refusal](), true, "Refusal")
}

// nullable corrects what the framework assumes about null: no list is null, and one
// reference may be.
func nullable(doc *huma.OpenAPI) {
	for _, schema := range doc.Components.Schemas.Map() {
		for _, property := range schema.Properties {
			if property.Type == huma.TypeArray {
				property.Nullable = false
			}
		}
	}
	for schema, properties := range map[string][]string{"ConnectionStatus": {"last_run"}} {
		s := doc.Components.Schemas.Map()[schema]
		if s == nil {
			continue
		}
		for _, name := range properties {
			s.Properties[name] = &huma.Schema{OneOf: []*huma.Schema{{Ref: s.Properties[name].Ref}, {Type: "null"}}}
		}
	}
}

// writeProblem answers outside the framework.
func writeProblem(w http.ResponseWriter, p *host.Problem) {
	body := NewRefusal(p)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(body.Status)
	// A client that has gone away needs no answer.
	_ = writeJSON(w, body)
}

// Refuse answers a request with the reason why it cannot be served.
func Refuse(w http.ResponseWriter, err error) { writeProblem(w, host.AsProblem(err)) }
