package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// DemoHeader is a header of every answer of a host whose records are of a company that does not exist.
// Its value is "true". Lists say so in the field demo, too.
const DemoHeader = "Plumbline-Demo"

type demoKey struct{}

// markDemo marks the answers of every operation of a demo.
func (s *Server) markDemo(ctx huma.Context, next func(huma.Context)) {
	demo, err := s.app.Demo()
	if err != nil {
		if err := huma.WriteErr(s.api, ctx, 500, "read workspace: "+err.Error()); err != nil {
			return // the client has gone away
		}
		return
	}
	if demo {
		ctx.SetHeader(DemoHeader, "true")
		ctx = huma.WithValue(ctx, demoKey{}, true)
	}
	next(ctx)
}

// demoTransformer sets the field Demo of a body of a demo. A body that is a list has the field.
func demoTransformer(ctx huma.Context, _ string, v any) (any, error) {
	if ctx.Context().Value(demoKey{}) == nil {
		return v, nil
	}
	body := reflect.ValueOf(v)
	if body.Kind() != reflect.Struct {
		return v, nil
	}
	marked := reflect.New(body.Type()).Elem()
	marked.Set(body)
	if field := marked.FieldByName("Demo"); field.IsValid() && field.Kind() == reflect.Bool {
		field.SetBool(true)
	}
	return marked.Interface(), nil
}
