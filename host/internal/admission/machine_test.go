package admission_test

import (
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumbline-dev/plumbline/host/internal/admission"
)

// files are those of a machine with 4 GiB, 3 of them available.
func files(more map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range map[string]string{
		"proc/meminfo":      "MemTotal:        4194304 kB\nMemFree:          100000 kB\nMemAvailable:    3145728 kB\nHugePages_Total:       0\n",
		"proc/pressure/cpu": "some avg10=12.50 avg60=1.00 avg300=0.20 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
	} {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for name, text := range more {
		root[name] = &fstest.MapFile{Data: []byte(text)}
		if text == "" {
			delete(root, name)
		}
	}
	return root
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files map[string]string
		want  admission.Machine
	}{
		"no group": {nil, admission.Machine{Total: 4096 * mib, Free: 3072 * mib, Pressure: 0.125}},
		"no limit": {map[string]string{
			"proc/self/cgroup": "0::/system.slice/plumbline.service\n", "sys/fs/cgroup/system.slice/plumbline.service/memory.max": "max\n",
		}, admission.Machine{Total: 4096 * mib, Free: 3072 * mib, Pressure: 0.125}},
		"a group above has the limit": {map[string]string{
			"proc/self/cgroup":                         "0::/app/agent\n",
			"sys/fs/cgroup/app/memory.max":             "1073741824\n",
			"sys/fs/cgroup/app/memory.current":         "805306368\n",
			"sys/fs/cgroup/app/memory.stat":            "anon 1\ninactive_file 104857600\nactive_file 20971520\n",
			"sys/fs/cgroup/app/cpu.pressure":           "some avg10=91.00 avg60=1.00 avg300=0.20 total=12\n",
			"sys/fs/cgroup/app/agent/memory.max":       "max\n",
			"sys/fs/cgroup/app/agent/cpu.pressure":     "some avg10=3.00 avg60=1.00 avg300=0.20 total=12\n",
			"sys/fs/cgroup/app/agent/memory.current":   "5\n",
			"sys/fs/cgroup/app/agent/memory.swap.peak": "5\n",
		}, admission.Machine{Total: 1024 * mib, Free: 366 * mib, Pressure: 0.91}},
		"a container, version 1": {map[string]string{
			"proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/other\n3:memory:/box\n",
			"sys/fs/cgroup/memory/box/memory.limit_in_bytes": "536870912\n",
			"sys/fs/cgroup/memory/box/memory.usage_in_bytes": "536870912\n",
			"sys/fs/cgroup/memory/box/memory.stat":           "total_inactive_file 1048576\ntotal_active_file 0\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":     "9223372036854771712\n",
		}, admission.Machine{Total: 512 * mib, Free: mib, Pressure: 0.125}},
		"a group that may have more than there is": {map[string]string{
			"proc/self/cgroup": "0::/app\n", "sys/fs/cgroup/app/memory.max": "1099511627776\n", "sys/fs/cgroup/app/memory.current": "0\n",
		}, admission.Machine{Total: 4096 * mib, Free: 3072 * mib, Pressure: 0.125}},
		"a kernel that tells no pressure": {map[string]string{
			"proc/pressure/cpu": "", "proc/loadavg": "1000000.00 3.00 1.00 5/300 4711\n",
		}, admission.Machine{Total: 4096 * mib, Free: 3072 * mib, Pressure: 1}},
		"neither that nor work to do": {map[string]string{
			"proc/pressure/cpu": "", "proc/loadavg": "0.10 3.00 1.00 5/300 4711\n",
		}, admission.Machine{Total: 4096 * mib, Free: 3072 * mib}},
		"no Linux": {map[string]string{"proc/pressure/cpu": "", "proc/meminfo": ""}, admission.Machine{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.want.Processors = runtime.GOMAXPROCS(0)
			got := admission.MeasureIn(files(test.files))
			if diff := cmp.Diff(test.want, got, cmpopts.EquateApprox(0, 0.001)); diff != "" {
				t.Errorf("measured (-want +got):\n%s", diff)
			}
		})
	}
}

func TestThisMachineIsMeasured(t *testing.T) {
	t.Parallel()
	m := admission.Measure()
	if m.Processors < 1 || m.Free > m.Total || m.Pressure < 0 || m.Pressure > 1 || runtime.GOOS == "linux" && m.Total <= 0 {
		t.Errorf("measured %+v", m)
	}
}
