package doctor_test

import (
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/company"
	"github.com/plumbline-dev/plumbline/host/internal/doctor"
)

func TestDoctorNamesAProxyVariableThatDoesNotParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, value, status, says string }{
		{"HTTPS_PROXY", "", "ok", "directly"},
		{"HTTPS_PROXY", "http://u:p@proxy.corp:3128", "ok", "HTTPS_PROXY=http://proxy.corp:3128"},
		{"https_proxy", "http//proxy.corp:3128", "fail", "the variable https_proxy is not the address of a proxy"},
		{"HTTP_PROXY", "socks5://proxy.corp", "fail", "the variable HTTP_PROXY is not the address of a proxy"},
		{"ALL_PROXY", "http://proxy.corp:3128", "warn", "ALL_PROXY is not used"},
	} {
		getenv := func(name string) string { return map[string]string{test.name: test.value}[name] }
		f := doctor.Proxy(company.Read(getenv), getenv)
		if f.Status != test.status || !strings.Contains(f.Message, test.says) {
			t.Errorf("%s=%s: %s %q, want %s %q", test.name, test.value, f.Status, f.Message, test.status, test.says)
		}
	}
}
