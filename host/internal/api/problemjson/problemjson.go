// Package problemjson is the body of every refusal: application/problem+json (RFC 9457).
package problemjson

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
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

// Of returns the body of a refusal because of err.
func Of(err error) *Refusal {
	problem := host.AsProblem(err)
	status := statusOf(problem)
	return &Refusal{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: problem.Error(), Problem: *problem}
}

func statusOf(p *host.Problem) int {
	if strings.HasPrefix(p.Code, "release.") && p.Code != host.CodeReleaseLock {
		return http.StatusUnprocessableEntity
	}
	switch p.Code {
	case host.CodeNotFound:
		return http.StatusNotFound
	case host.CodeInvalid, host.CodeNotAConnector, host.CodeConnectorGone:
		return http.StatusUnprocessableEntity
	case host.CodeDisconnected, aisummary.CodeOff, aisummary.CodeNothing, aisummary.CodeKeyGone, aisummary.CodeUnsafe:
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
	case host.CodeTooMany:
		return http.StatusTooManyRequests
	case host.CodeForbidden:
		return http.StatusForbidden
	default:
		return http.StatusInternalServerError
	}
}

// Write answers a request with the reason why it cannot be served.
func Write(w http.ResponseWriter, err error) {
	body := Of(err)
	w.Header().Set("Content-Type", body.ContentType(""))
	w.WriteHeader(body.Status)
	// A client that has gone away needs no answer.
	_ = json.NewEncoder(w).Encode(body)
}
