package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/simulator/aws"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// syncWith reads a small cloud under AWS's own names, with the settings of the population unless others are given.
func syncWith(t *testing.T, c *aws.Cloud, settings map[string]any, streams ...string) (*sdktest.Outcome, *sdktest.Bench) {
	t.Helper()
	b := sdktest.NewBench(t, New())
	b.Reach(t, c)
	if settings == nil {
		settings = simulated{}.Settings()
	}
	return b.Sync(t, sdktest.Input{Settings: settings, Secrets: simulated{}.Secrets(), Streams: streams, Deadline: 5 * time.Minute}), b
}

func small() *aws.Cloud { return aws.New(vendor.Mode{Small: true}) }

// one are the settings of the account of the access key alone, in one region.
func one() map[string]any { return map[string]any{"regions": []string{"us-east-1"}} }

// refused is an error in AWS's words.
func refused(status int, code, message string) aws.Fail {
	return aws.Fail{Status: status, Code: code, Message: message}
}

// gapOf returns the only gap of a stream whose scope contains a text.
func gapOf(t *testing.T, s *sdktest.Stream, scope string) (code, message string, permissions []string) {
	t.Helper()
	for name, e := range s.Gaps {
		if strings.Contains(name, scope) {
			return e.Code, e.Message, e.Permissions
		}
	}
	t.Fatalf("%s with gaps %v (%v), want one of %q", s.Result, s.Gaps, s.Err, scope)
	return "", "", nil
}

// accountsOf returns the accounts of the records of a stream.
func accountsOf(s *sdktest.Stream, field string) []string {
	var all []string
	for _, raw := range s.Records {
		var doc map[string]any
		_ = json.Unmarshal(raw, &doc)
		if value, _ := doc[field].(string); !slices.Contains(all, value) {
			all = append(all, value)
		}
	}
	slices.Sort(all)
	return all
}

func TestAnAccountThatRefusesCostsItself(t *testing.T) {
	t.Parallel()
	c := small()
	c.RefusedAccount = c.Account(2)
	out, _ := syncWith(t, c, nil, "buckets", "instances")
	for _, name := range []string{"buckets", "instances"} {
		s := out.Streams[name]
		code, message, permissions := gapOf(t, s, "account "+c.RefusedAccount)
		if s.Result != "complete_with_gaps" || code != "permission.missing" || !slices.Contains(permissions, "sts:AssumeRole") ||
			!strings.Contains(message, "not authorized to perform") {
			t.Errorf("%s: %s with gap %s %q of %v", name, s.Result, code, message, permissions)
		}
		if got := accountsOf(s, "account"); len(got) != 3 || slices.Contains(got, c.RefusedAccount) {
			t.Errorf("%s of accounts %v, want the other three", name, got)
		}
	}
}

// TestARegionThatRefusesCostsItself: also the home region, where the regions are asked for.
func TestARegionThatRefusesCostsItself(t *testing.T) {
	t.Parallel()
	for region, others := range map[string][]string{
		"eu-central-1": {"ap-southeast-1", "us-east-1"}, "us-east-1": {"ap-southeast-1", "eu-central-1"},
	} {
		t.Run(region, func(t *testing.T) {
			t.Parallel()
			c := small()
			c.RefusedRegion = region
			out, _ := syncWith(t, c, nil, "instances", "keys", "watchers")
			for _, name := range []string{"instances", "keys"} {
				s := out.Streams[name]
				code, message, _ := gapOf(t, s, c.Account(1)+" in "+region)
				if code != "permission.missing" || !strings.Contains(message, "service control policy") || len(s.Gaps) < 4 {
					t.Errorf("%s: gap %s %q of %d, want one of each account", name, code, message, len(s.Gaps))
				}
				if got := accountsOf(s, "region"); !slices.Equal(got, others) {
					t.Errorf("%s of regions %v, want %v", name, got, others)
				}
			}
			if s := out.Streams["watchers"]; s.Result != "complete_with_gaps" || len(s.Records) != 24 {
				t.Errorf("watchers: %s with %d records, want those of two regions of four accounts", s.Result, len(s.Records))
			}
		})
	}
}

// TestErrorsOfAWS checks the codes that AWS's words become, when every request but the sign-in is answered with them.
func TestErrorsOfAWS(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		f      aws.Fail
		code   string
		remedy string
	}{
		"throttled for ever": {refused(400, "ThrottlingException", "Rate exceeded"), "rate.limited", "next run"},
		"EC2 throttles":      {refused(503, "RequestLimitExceeded", "Request limit exceeded."), "rate.limited", "next run"},
		"S3 throttles":       {refused(503, "SlowDown", "Please reduce your request rate."), "rate.limited", "next run"},
		"no right":           {refused(403, "AccessDenied", "no identity-based policy allows it"), "permission.missing", "ec2:DescribeVpcs"},
		"an expired session": {refused(400, "ExpiredToken", "The security token included in the request is expired"), "auth.expired",
			"temporary"},
		"an unknown key": {refused(403, "InvalidClientTokenId", "The security token is invalid."), "auth.invalid", "access key exists"},
		"EC2's unknown key": {refused(401, "AuthFailure", "AWS was not able to validate the credentials"), "auth.invalid",
			"access key exists"},
		"a wrong secret":       {refused(403, "SignatureDoesNotMatch", "The signature does not match"), "auth.invalid", "secret access key"},
		"an old signature":     {refused(403, "SignatureDoesNotMatch", "Signature expired: it is now earlier"), "auth.invalid", "clock"},
		"another clock":        {refused(403, "RequestTimeTooSkewed", "The difference is too large."), "auth.invalid", "clock"},
		"a region that is off": {refused(401, "OptInRequired", "You are not subscribed to this service"), "permission.licence", "region"},
		"an unknown operation": {refused(400, "UnknownOperation", ""), "notfound.endpoint", "address"},
		"not implemented":      {refused(501, "", ""), "notfound.endpoint", "address"},
		"nothing there":        {refused(404, "", ""), "notfound.endpoint", "address"},
		"AWS fails":            {refused(500, "InternalFailure", "unknown error"), "upstream.5xx", "Wait"},
		"AWS is not available": {refused(503, "ServiceUnavailable", ""), "upstream.5xx", "Wait"},
		"another refusal":      {refused(400, "InvalidParameterValue", "Value is invalid"), "upstream.invalid_response", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := small()
			c.Instead = func(q *aws.Question) (bool, aws.Fail) { return q.Service != "sts", tt.f }
			out, _ := syncWith(t, c, one(), "vpcs")
			s := out.Streams["vpcs"]
			if s.Result != "failed" || s.Err == nil || s.Err.Code != tt.code || !strings.Contains(s.Err.Remedy, tt.remedy) {
				t.Errorf("%s %+v, want %s with the remedy %q", s.Result, s.Err, tt.code, tt.remedy)
			} else if tt.f.Message != "" && !strings.Contains(s.Err.Message, strings.TrimSuffix(tt.f.Message, ".")) {
				t.Errorf("the message %q has not AWS's words", s.Err.Message)
			}
			out.Conceals(t, aws.OwnSecret)
		})
	}
}

// TestThrottlingIsWaitedFor: AWS limits requests with status 400 and a code, not with 429.
func TestThrottlingIsWaitedFor(t *testing.T) {
	t.Parallel()
	c := small()
	times := 0
	c.Instead = func(q *aws.Question) (bool, aws.Fail) {
		if q.Name == "ListKeys" {
			times++
		}
		return q.Name == "ListKeys" && times < 4, refused(400, "ThrottlingException", "Rate exceeded")
	}
	out, b := syncWith(t, c, one(), "keys")
	if s := out.Streams["keys"]; s.Result != "complete" || len(b.Waits()) < 3 || len(out.Throttles) < 3 {
		t.Errorf("%s (%v) after waits %v, %d of them told, want three", s.Result, s.Err, b.Waits(), len(out.Throttles))
	}
}

// TestAnAddressThatOffersLittle: what an emulator lacks is a gap, and the rest is read.
func TestAnAddressThatOffersLittle(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]aws.Fail{
		"501": refused(501, "", "not implemented"), "404": refused(404, "", ""), "unknown operation": refused(400, "UnknownOperationException",
			""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := small()
			lacks := []string{"GenerateCredentialReport", "GetCredentialReport", "GetBucketPolicyStatus", "GetAccountPublicAccessBlock",
				"DescribeFlowLogs", "GetEbsEncryptionByDefault", "DescribeDBClusters", "GetKeyRotationStatus", "DescribeHub", "GetFindings",
				"GetAccountSummary", "DescribeRegions", "ListUserPolicies"}
			c.Instead = func(q *aws.Question) (bool, aws.Fail) { return slices.Contains(lacks, q.Name), f }
			out, _ := syncWith(t, c, one())
			for _, stream := range everything() {
				s := out.Streams[stream]
				want := "complete_with_gaps"
				switch stream {
				case "roles", "trails", "security_groups", "instances":
					want = "complete"
				case "findings":
					want = "failed" // there is only one region
				}
				if s.Result != want || stream != "findings" && len(s.Records) == 0 {
					t.Errorf("%s: %s with %d records (%v), gaps %v; want %s", stream, s.Result, len(s.Records), s.Err, s.Gaps, want)
				}
			}
			for key, raw := range out.Streams["users"].Records {
				if strings.HasSuffix(key, ":root") && !strings.Contains(string(raw), `"mfa":"unknown"`) ||
					!strings.HasSuffix(key, ":root") && strings.Contains(string(raw), `"mfa":"unknown"`) {
					t.Errorf("the second factor of %s: %s", key, raw)
				}
			}
		})
	}
}

// TestNothingIsClaimedOfAnOddAnswer: an answer without its list is not an empty list.
func TestNothingIsClaimedOfAnOddAnswer(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"null": "null", "an empty object": "{}", "a list": "[]", "a number": "7", "an empty element": "<a/>", "half an answer": `<a><b>`,
		"nothing": "", "a web page": "<!doctype html><title>Sign in</title>", "lists of nulls": `{"Keys":null,"trailList":null}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := small()
			b := sdktest.NewBench(t, New())
			b.Reach(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && strings.Contains(r.Header.Get("Authorization"), "/sts/") {
					c.ServeHTTP(w, r)
					return
				}
				_, _ = w.Write([]byte(body))
			}))
			out := b.Sync(t, sdktest.Input{Settings: one(), Secrets: simulated{}.Secrets()})
			for stream, s := range out.Streams {
				if s.Result != "failed" || len(s.Records) > 0 && stream != "volumes" {
					t.Errorf("%s: %s with %d records, gaps %v", stream, s.Result, len(s.Records), s.Gaps)
				} else if s.Err.Code != "upstream.invalid_response" {
					t.Errorf("%s: %s %s", stream, s.Err.Code, s.Err.Message)
				}
			}
		})
	}
}

// TestAGatewayAnswersForEveryService reads through one address, as from an emulator on this machine, which sends every
// answer as text/html.
func TestAGatewayAnswersForEveryService(t *testing.T) {
	t.Parallel()
	for _, slash := range []string{"", "/"} {
		c := small()
		c.Emulates = true
		gateway := sdktest.NewVendor(t, c)
		settings := map[string]any{"base_url": gateway.URL + slash, "organization": true, "external_id": aws.ExternalID}
		in := sdktest.Input{Settings: settings, Secrets: simulated{}.Secrets(), Deadline: 5 * time.Minute}
		out := sdktest.NewBench(t, New()).Sync(t, in)
		for name, s := range out.Streams {
			if s.Result != "complete" || len(s.Records) == 0 {
				t.Errorf("%s: %s with %d records (%v), gaps %v", name, s.Result, len(s.Records), s.Err, s.Gaps)
			}
		}
	}
}

func TestRefusesAGatewayWithoutTLSElsewhere(t *testing.T) {
	t.Parallel()
	in := sdktest.Input{Settings: map[string]any{"base_url": "http://gateway.example.com"}, Secrets: simulated{}.Secrets()}
	err := sdktest.NewBench(t, New()).Sync(t, in).Streams["users"].Err
	if err == nil || err.Code != "config.invalid" || err.ConfigPath != "/base_url" {
		t.Errorf("ended with %+v, want config.invalid at /base_url", err)
	}
}

func TestTheAccessKeyIsNeeded(t *testing.T) {
	t.Parallel()
	err := sdktest.NewBench(t, New()).Sync(t, sdktest.Input{Secrets: map[string]string{"access_key_id": aws.OwnKey}}).Streams["users"].Err
	if err == nil || err.Code != "config.invalid" || err.ConfigPath != "/secret_access_key" {
		t.Errorf("ended with %+v, want config.invalid at /secret_access_key", err)
	}
}

// TestTheMachineOffersACredential: of AWS's default chain, a contained connector can use the file that a setting names.
func TestTheMachineOffersACredential(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "credentials")
	text := "[audit]\naws_access_key_id = " + aws.OwnKey + "\naws_secret_access_key = " + aws.OwnSecret + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		file, profile string
		result, code  string
	}{
		"the profile":      {file, "audit", "complete", ""},
		"another profile":  {file, "other", "failed", "auth.invalid"},
		"no file":          {file + "-none", "audit", "failed", "auth.invalid"},
		"nothing is named": {"", "audit", "failed", "auth.invalid"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := sdktest.NewBench(t, New())
			b.Reach(t, small())
			settings := map[string]any{"sign_in": "default_chain", "profile": tt.profile}
			if tt.file != "" {
				settings["credentials_file"] = tt.file
			}
			out := b.Sync(t, sdktest.Input{Settings: settings, Streams: []string{"accounts"}})
			if s := out.Streams["accounts"]; s.Result != tt.result || tt.code != "" && (s.Err == nil || s.Err.Code != tt.code) {
				t.Errorf("%s (%+v), want %s %s", s.Result, s.Err, tt.result, tt.code)
			}
			out.Conceals(t, aws.OwnSecret)
		})
	}
}

// TestAListThatRepeatsItsMarkerEnds: the stream is not complete.
func TestAListThatRepeatsItsMarkerEnds(t *testing.T) {
	t.Parallel()
	c := small()
	b := sdktest.NewBench(t, New())
	b.Reach(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "ListKeys") {
			_, _ = w.Write([]byte(`{"Keys":[],"Truncated":true,"NextMarker":"again"}`))
			return
		}
		c.ServeHTTP(w, r)
	}))
	s := b.Sync(t, sdktest.Input{Settings: one(), Secrets: simulated{}.Secrets(), Streams: []string{"keys"}}).Streams["keys"]
	if s.Result != "failed" || s.Err.Code != "upstream.invalid_response" {
		t.Errorf("%s %+v, want failed", s.Result, s.Err)
	}
}

func TestCheckWarnsOfAnAdministrator(t *testing.T) {
	t.Parallel()
	c := small()
	c.Administrator = true
	b := sdktest.NewBench(t, New())
	b.Reach(t, c)
	probes, _ := b.Check(t, sdktest.Input{Settings: one(), Secrets: simulated{}.Secrets()})
	last := probes[len(probes)-1]
	if last.ID != "read-only" || last.State != "too_broad" || !strings.Contains(last.Message, "AdministratorAccess") {
		t.Errorf("the last probe is %+v, want too_broad", last)
	}
}
