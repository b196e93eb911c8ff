package play

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
	"github.com/plumbline-dev/plumbline/build/chaos/upstream"
)

// connectorFaults are programs that misbehave in the middle of their work.
func connectorFaults() []Fault {
	streams := []string{"connector.users.page", "connector.devices.page", "connector.findings.acked"}
	return []Fault{
		{Name: "panic", Moments: atWork(), inject: order("goroutine"), status: notWhole, codes: "internal.panic"},
		{Name: "panic-guarded", Moments: streams, inject: order("panic"), status: notWhole, codes: "internal.panic"},
		{Name: "exit0", Moments: atWork(), inject: order("exit0"), status: notWhole, codes: exited},
		{Name: "hang-draining", Moments: []string{"connector.drain"}, inject: order("hang"), status: stopped, codes: "cancelled"},
		{Name: "leak", Moments: streams, inject: order("leak"), status: notWhole, codes: "upstream.5xx"},
		{Name: "auth-invalid", Moments: atWork()[:1], inject: order("fail auth.invalid"), status: notWhole, codes: "auth.invalid"},
		{Name: "grandchild", Moments: streams, inject: order("grandchild"), status: whole},
		{Name: "grandchild-exit0", Moments: streams, inject: order("grandchild;exit0"), status: notWhole, codes: exited},
		{Name: "escaped-grandchild", Moments: streams, setUp: uncontained, inject: escape("escape"), status: whole},
		{
			Name: "escaped-grandchild-exit0", Moments: streams[:1], setUp: uncontained,
			inject: escape("escape;exit0"), status: notWhole, codes: exited,
		},
		{Name: "escape-refused", Moments: streams, inject: order("escape"), status: whole},
		{Name: "noise-stdout", Moments: streams, inject: order("stdout"), status: whole},
		{Name: "line-stderr", Moments: streams, inject: order("stderr"), status: whole},
	}
}

// uncontained runs connectors as on a machine whose kernel cannot contain them.
func uncontained(w *World) error {
	w.Environ = append(w.Environ, "CHAOS_UNCONTAINED=1")
	return nil
}

// escape lets a process leave its group. The case finds it by its argument, because
// Go starts short-lived children as well to test the kernel.
func escape(words string) func(context.Context, *World, *upstream.Visit) error {
	return func(_ context.Context, w *World, v *upstream.Visit) error {
		known := w.lingering()
		v.Release(words)
		Within(limit.Allowed(limit.Start), func() bool {
			w.escaped = slices.DeleteFunc(w.lingering(), func(pid int) bool { return slices.Contains(known, pid) })
			return len(w.escaped) > 0
		})
		return nil
	}
}

// startFaults are programs that cannot be started, or are not what they were.
func startFaults() []Fault {
	introduction := func(name string) Fault {
		words := []byte(strings.TrimPrefix(name, "start-"))
		return Fault{
			Name: name, Moments: []string{"host.start"}, status: notWhole, codes: host.CodeNotAConnector + " " + host.CodeConnectorStart,
			inject: func(_ context.Context, w *World, _ *upstream.Visit) error {
				return os.WriteFile(w.connector()+".order", words, 0o600)
			},
			undo: func(_ context.Context, w *World) error { return os.Remove(w.connector() + ".order") },
		}
	}
	install := func(_ context.Context, w *World) error { return w.install() }
	return []Fault{
		introduction("start-slow"), introduction("start-protocol"), introduction("start-noise"), introduction("start-exit"),
		introduction("start-panic"),
		{
			Name: "corrupt-binary", Moments: []string{""}, status: notWhole, codes: host.CodeNotAConnector, undo: install,
			play: broken(func(raw []byte) []byte { return raw[:len(raw)/2] }),
		},
		{
			Name: "garbage-binary", Moments: []string{""}, status: notWhole, codes: host.CodeNotAConnector, undo: install,
			play: broken(func([]byte) []byte { return []byte("this is no program\n") }),
		},
		{
			Name: "changed-binary", Moments: []string{"host.start"}, status: notWhole, codes: host.CodeConnectorChanged, undo: install,
			inject: func(_ context.Context, w *World, _ *upstream.Visit) error {
				raw, err := os.ReadFile(w.connector())
				if err != nil {
					return err
				}
				return w.replaceConnector(append(raw, 0))
			},
		},
		{
			Name: "missing-binary", Moments: []string{"host.start"}, status: notWhole, codes: host.CodeConnectorGone, undo: install,
			inject: func(_ context.Context, w *World, _ *upstream.Visit) error { return os.Remove(w.connector()) },
		},
	}
}

// broken plays a run with another file instead of the connector.
func broken(spoil func([]byte) []byte) func(context.Context, *World) error {
	return func(ctx context.Context, w *World) error {
		raw, err := os.ReadFile(w.connector())
		if err != nil {
			return err
		}
		if err := w.replaceConnector(spoil(raw)); err != nil {
			return err
		}
		return w.disturbed(ctx, notWhole, host.CodeNotAConnector)
	}
}

// disturbed plays a run that has to end in one of these ways.
func (w *World) disturbed(ctx context.Context, status []host.RunStatus, codes ...string) error {
	p, err := w.sync(ctx)
	if err != nil {
		return err
	}
	(&story{World: w, fault: Fault{status: status, codes: strings.Join(codes, " ")}}).expect(p)
	return nil
}
