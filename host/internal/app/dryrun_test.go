package app_test

import (
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// sampled starts a dry run of settings and waits for its end.
func sampled(t *testing.T, e *boot.Host, settings string) host.Task {
	t.Helper()
	task, err := e.StartDryRunSample(as(t), connections.CheckRequest{Connector: "fake", Settings: raw(settings)})
	for err == nil && task.Status == "running" {
		task, err = e.Task(as(t), task.ID, task.Version)
	}
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func stream(t *testing.T, task host.Task, name string) host.SampleStream {
	t.Helper()
	if task.Sample == nil {
		t.Fatalf("there is no sample: %v", task.Error)
	}
	for _, s := range task.Sample.Streams {
		if s.Stream == name {
			return s
		}
	}
	t.Fatalf("there is no stream %s in %+v", name, task.Sample.Streams)
	return host.SampleStream{}
}

func TestADryRunOfSettingsReadsTheFirstPageAndStoresNothing(t *testing.T) {
	t.Parallel()
	e := setup(t)
	task := sampled(t, e, `{"streams":[{"name":"users","records":5000,"page":100,"varied":true},{"name":"groups","records":3}]}`)
	users := stream(t, task, "users")
	if users.Outcome != host.SampleMore || users.Read < 100 || users.Read > 600 || len(users.Records) != 5 || users.Bytes == 0 {
		t.Errorf("of users it read %d as %s, with %d records", users.Read, users.Outcome, len(users.Records))
	}
	for _, r := range users.Records {
		text := string(r.Doc)
		if strings.Contains(text, "@example.com") || strings.Contains(text, `"vendor"`) || !strings.Contains(text, "•") {
			t.Errorf("a record is shown as %s", text)
		}
	}
	for _, f := range users.Fields {
		if f.Name == "email" && (!f.Personal || f.Known != users.Read || f.Doc == "" || f.Title != "Email") {
			t.Errorf("the field is %+v", f)
		}
	}
	if groups := stream(t, task, "groups"); groups.Outcome != host.SampleComplete || groups.Read != 3 {
		t.Errorf("of groups it read %d as %s", groups.Read, groups.Outcome)
	}
	list, err := e.Connections(as(t), connections.Filter{})
	runs, _, failed := e.Runs("", 10, "")
	if err != nil || failed != nil || len(list)+len(runs) != 0 {
		t.Errorf("it stored %d connections and %d runs, %v, %v", len(list), len(runs), err, failed)
	}
}

func TestADryRunOfSettingsSaysWhatFailed(t *testing.T) {
	t.Parallel()
	e := setup(t)
	task := sampled(t, e, `{"streams":[{"name":"users","records":10,"error":"upstream.unavailable"},{"name":"groups","records":3}]}`)
	users := stream(t, task, "users")
	if users.Outcome != host.SampleFailed || users.Error == nil || users.Error.Code != "upstream.unavailable" {
		t.Errorf("users ended as %s with %v", users.Outcome, users.Error)
	}
	if groups := stream(t, task, "groups"); groups.Outcome != host.SampleComplete {
		t.Errorf("groups ended as %s", groups.Outcome)
	}
	gap := stream(t, sampled(t, e, `{"streams":[{"name":"users","records":3,"gap":"line 7"}]}`), "users")
	if gap.Outcome != host.SampleComplete || gap.Read != 3 || gap.Error != nil || len(gap.Gaps) != 1 || gap.Gaps[0].Scope != "line 7" {
		t.Errorf("users with a gap ended as %+v", gap)
	}
	refused := sampled(t, e, `{"connect":{"error":"auth.invalid"},"streams":[{"name":"users","records":3},{"name":"groups","records":3}]}`)
	if users := stream(t, refused, "users"); users.Outcome != host.SampleFailed || users.Error.Code != "auth.invalid" {
		t.Errorf("users ended as %s with %v", users.Outcome, users.Error)
	}
	if groups := stream(t, refused, "groups"); groups.Outcome != host.SampleUntried || groups.Error == nil {
		t.Errorf("after a refused sign-in groups is %s", groups.Outcome)
	}
}
