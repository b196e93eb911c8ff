package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	cfgtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	gdtypes "github.com/aws/aws-sdk-go-v2/service/guardduty/types"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"

	"github.com/plumbline-dev/plumbline/plugins/aws/internal/cloud"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// readWatchers reads whether GuardDuty, Config and Security Hub watch a region. There is a record of each service in each
// region, also where it is switched off.
func readWatchers(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	services := []fact{
		{"GuardDuty", func(ctx context.Context) error { return putGuardDuty(ctx, p, k) }},
		{"AWS Config", func(ctx context.Context) error { return putRecorder(ctx, p, k) }},
		{"Security Hub", func(ctx context.Context) error { return putHub(ctx, p, k) }},
	}
	var first error
	failed := 0
	for _, s := range services {
		err := s.read(ctx)
		if err == nil {
			continue
		}
		if failed++; failed == 1 {
			first = err
		}
		if err := k.Miss(ctx, s.name+" of "+p.String(), err); err != nil {
			return err
		}
	}
	if failed == len(services) {
		return first
	}
	return nil
}

// putWatcher sends the state of a service in a region. Its key does not change when the service is switched on.
func putWatcher(p cloud.Place, k *cloud.Sink, service, what string, enabled kind.Tri, status kind.Word, doc any) error {
	key := p.ARN(service, p.Region, what)
	return k.Put(key, kind.Monitor{
		ExternalID: key, Name: p.String(), Type: service + "." + what, Enabled: enabled, Status: status, Vendor: document(doc, "UpdatedAt"),
	})
}

// putGuardDuty sends whether GuardDuty is on: a region has at most one detector.
func putGuardDuty(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	client := guardduty.NewFromConfig(p.Config)
	got, err := cloud.Ask(ctx, client.ListDetectors, &guardduty.ListDetectorsInput{})
	if err == nil && got.DetectorIds == nil {
		err = cloud.Absent("list of detectors")
	}
	if err != nil {
		return err
	}
	if len(got.DetectorIds) == 0 {
		return putWatcher(p, k, "guardduty", "detector", kind.No, "", map[string]any{"AccountId": p.ID, "Region": p.Region})
	}
	detector, err := cloud.Ask(ctx, client.GetDetector, &guardduty.GetDetectorInput{DetectorId: &got.DetectorIds[0]})
	enabled := kind.Unknown
	switch {
	case err != nil:
		detector = nil
		if err := k.Miss(ctx, "detector of "+p.String(), err); err != nil {
			return err
		}
	case detector.Status != "":
		enabled = kind.TriOf(detector.Status == gdtypes.DetectorStatusEnabled)
	}
	return putWatcher(p, k, "guardduty", "detector", enabled, "", map[string]any{
		"AccountId": p.ID, "Region": p.Region, "DetectorId": got.DetectorIds[0], "Detector": detector,
	})
}

// putRecorder sends whether AWS Config records.
func putRecorder(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	client := configservice.NewFromConfig(p.Config)
	got, err := cloud.Ask(ctx, client.DescribeConfigurationRecorders, &configservice.DescribeConfigurationRecordersInput{})
	if err == nil && got.ConfigurationRecorders == nil {
		err = cloud.Absent("list of recorders")
	}
	if err != nil {
		return err
	}
	enabled, status := kind.No, kind.Word("")
	if len(got.ConfigurationRecorders) > 0 {
		if enabled, status, err = recorderState(ctx, client); err != nil {
			if err := k.Miss(ctx, "state of the recorder of "+p.String(), err); err != nil {
				return err
			}
		}
	}
	return putWatcher(p, k, "config", "recorder", enabled, status, map[string]any{
		"AccountId": p.ID, "Region": p.Region, "ConfigurationRecorders": got.ConfigurationRecorders,
	})
}

func recorderState(ctx context.Context, client *configservice.Client) (kind.Tri, kind.Word, error) {
	got, err := cloud.Ask(ctx, client.DescribeConfigurationRecorderStatus, &configservice.DescribeConfigurationRecorderStatusInput{})
	if err == nil && got.ConfigurationRecordersStatus == nil {
		err = cloud.Absent("list of states of recorders")
	}
	if err != nil {
		return kind.Unknown, "", err
	}
	enabled, status := kind.No, kind.Word("")
	for _, s := range got.ConfigurationRecordersStatus {
		if !s.Recording {
			continue
		}
		enabled = kind.Yes
		switch s.LastStatus {
		case cfgtypes.RecorderStatusSuccess:
			status = "ok"
		case cfgtypes.RecorderStatusFailure:
			status = "alerting"
		}
	}
	return enabled, status, nil
}

// putHub sends whether Security Hub is on. It refuses an account that has not switched it on with InvalidAccessException.
func putHub(ctx context.Context, p cloud.Place, k *cloud.Sink) error {
	got, err := cloud.Ask(ctx, securityhub.NewFromConfig(p.Config).DescribeHub, &securityhub.DescribeHubInput{})
	if isHubOff(err) {
		return putWatcher(p, k, "securityhub", "hub", kind.No, "", map[string]any{"AccountId": p.ID, "Region": p.Region})
	}
	if err == nil && aws.ToString(got.HubArn) == "" {
		err = cloud.Absent("ARN of the hub")
	}
	if err != nil {
		return err
	}
	return putWatcher(p, k, "securityhub", "hub", kind.Yes, "", map[string]any{"AccountId": p.ID, "Region": p.Region, "Hub": got})
}

// isHubOff reports whether Security Hub is not switched on: InvalidAccessException, or no hub at all.
func isHubOff(err error) bool {
	return cloud.HasCode(err, "InvalidAccessException", "ResourceNotFoundException")
}
