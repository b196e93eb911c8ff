package spans

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/event"
)

// The bounds of what waits for the collector.
const (
	mostWaiting = 2048 // spans; newer ones are dropped
	exportTime  = 10 * time.Second
	sendEvery   = 2 * time.Second
)

// Validate returns why an endpoint cannot be one, or nil. Empty is none.
func Validate(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return fmt.Errorf("must be an address such as http://127.0.0.1:4318 without a user, not %q", endpoint)
	}
	return nil
}

// Sender sends runs to one collector.
type Sender struct {
	app      *app.App
	logger   *slog.Logger
	provider *trace.TracerProvider
	tracer   api.Tracer
}

// Open returns a sender to an endpoint of OTLP over HTTP: its base address, to which /v1/traces is added. It connects with the
// first run. The caller calls Watch, which closes it.
func Open(ctx context.Context, a *app.App, endpoint, version string, logger *slog.Logger) (*Sender, error) {
	if err := Validate(endpoint); err != nil {
		return nil, host.Invalid("traces.endpoint", endpoint, err.Error())
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint+"/v1/traces"), otlptracehttp.WithTimeout(exportTime))
	if err != nil {
		return nil, fmt.Errorf("open exporter: %w", err)
	}
	provider := trace.NewTracerProvider(
		trace.WithBatcher(&logging{SpanExporter: exporter, logger: logger}, trace.WithMaxQueueSize(mostWaiting),
			trace.WithBatchTimeout(sendEvery), trace.WithExportTimeout(exportTime)),
		trace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "plumbline"), attribute.String("service.version", version))),
	)
	return &Sender{app: a, logger: logger, provider: provider, tracer: provider.Tracer("plumbline")}, nil
}

// Watch sends runs as they finish, until ctx ends. Then it gives the collector some seconds for those that wait.
func (s *Sender) Watch(ctx context.Context) error {
	for after := s.app.LastEvent(); ; {
		events, last, _ := s.app.Events(ctx, after, 0)
		if ctx.Err() != nil {
			break
		}
		after = last
		for _, e := range events {
			if e.Topic != "run" || e.Kind != event.KindFinished {
				continue
			}
			if run, err := s.app.Run(e.ID); err == nil {
				s.send(ctx, &run)
			}
		}
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), exportTime)
	defer cancel()
	if err := s.provider.Shutdown(closing); err != nil {
		s.logger.Warn("the last spans were not sent", "err", err)
	}
	return nil
}

// send makes the spans of a run.
func (s *Sender) send(ctx context.Context, run *host.Run) {
	if run.StartedAt == nil || run.FinishedAt == nil {
		return
	}
	ctx, span := s.tracer.Start(ctx, "sync", api.WithNewRoot(), api.WithTimestamp(*run.StartedAt), api.WithAttributes(
		attribute.String("plumbline.run", run.ID), attribute.String("plumbline.connection", run.Connection),
		attribute.String("plumbline.alias", run.Alias), attribute.String("plumbline.connector", run.Connector),
		attribute.String("plumbline.connector_version", run.ConnectorVersion), attribute.String("plumbline.trigger", string(run.Trigger)),
		attribute.Float64("plumbline.queued_seconds", run.StartedAt.Sub(run.QueuedAt).Seconds()),
	))
	failing := false
	for i := range run.Steps {
		step := &run.Steps[i]
		failing = failing || step.Failed()
		if step.StartedAt == nil || step.FinishedAt == nil {
			continue
		}
		_, part := s.tracer.Start(ctx, "step "+step.Name, api.WithTimestamp(*step.StartedAt), api.WithAttributes(
			attribute.String("plumbline.run", run.ID), attribute.String("plumbline.step", step.Name),
			attribute.String("plumbline.stream", step.Stream), attribute.Int("plumbline.read", step.Read),
			attribute.Int("plumbline.added", step.Added), attribute.Int("plumbline.changed", step.Changed),
			attribute.Int("plumbline.removed", step.Removed), attribute.Int("plumbline.requests", step.Requests),
			attribute.Float64("plumbline.waited_seconds", step.Waited), attribute.Int("plumbline.gaps", len(step.Gaps)),
		))
		outcome(part, step.Status, step.Error, step.Failed())
		part.End(api.WithTimestamp(*step.FinishedAt))
	}
	outcome(span, run.Status, run.Error, failing || run.Status != host.StatusSucceeded)
	span.End(api.WithTimestamp(*run.FinishedAt))
}

// outcome says how a span ended. Of an error it has the code and whose fault it is, not the message.
func outcome(span api.Span, status host.RunStatus, problem *host.Problem, failed bool) {
	span.SetAttributes(attribute.String("plumbline.status", string(status)))
	code := string(status)
	if problem != nil {
		code = problem.Code
		span.SetAttributes(attribute.String("plumbline.code", problem.Code), attribute.String("plumbline.fault", string(problem.Fault)))
	}
	if failed {
		span.SetStatus(codes.Error, code)
	}
}

// logging is an exporter whose failures are lines of the log.
type logging struct {
	trace.SpanExporter
	logger *slog.Logger
}

// ExportSpans implements trace.SpanExporter.
func (l *logging) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	if err := l.SpanExporter.ExportSpans(ctx, spans); err != nil {
		l.logger.Warn("spans were not sent to the collector", "spans", len(spans), "err", err)
	}
	return nil // said here; the library would print it
}
