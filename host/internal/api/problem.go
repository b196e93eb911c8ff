package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
)

// problemTransformer turns the refusals of the framework, such as a body that breaks its
// schema, into problems.
func problemTransformer(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &problemjson.Refusal{
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
	switch len(p.Fields) {
	case 0:
	case 1:
		p.Message = p.Fields[0].Field + ": " + p.Fields[0].Message
	default:
		p.Message = "some parameters are not valid" // the fields follow in what is shown
	}
	p.Detail = p.Problem.Error()
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
