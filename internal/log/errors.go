package log

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/opencure/cure"
)

// failed gives an error of the client library its kind. Errors that have one
// keep it.
func failed(what string, err error) error {
	var e *cure.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	var api *jetstream.APIError
	if errors.As(err, &api) && full(api) {
		return cure.Errorf(cure.Unavailable, "%s: the log is full: free disk space or raise its limit (log.max_bytes); what was acknowledged is safe: %w", what, err)
	}
	return cure.Errorf(kindOf(err), "%s: %w", what, err)
}

// kindOf maps what the client library and the server report. What is in no
// list is a defect: Internal.
func kindOf(err error) cure.ErrorKind {
	switch {
	case isOne(err, nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrPermissionViolation, nats.ErrAuthRevoked,
		jetstream.ErrJetStreamNotEnabledForAccount):
		return cure.Denied
	case isOne(err, nats.ErrMaxPayload, jetstream.ErrStreamMessageExceedsMaximum, jetstream.ErrInvalidSubject):
		return cure.Invalid
	case isOne(err, jetstream.ErrMsgNotFound, jetstream.ErrStreamNotFound, jetstream.ErrObjectNotFound,
		jetstream.ErrKeyNotFound, jetstream.ErrKeyDeleted):
		return cure.NotFound
	case isOne(err, jetstream.ErrKeyExists, jetstream.ErrKeyRevisionMismatch):
		return cure.Conflict
	case isOne(err, context.Canceled, context.DeadlineExceeded,
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrNoServers, nats.ErrDisconnected, nats.ErrConnectionClosed,
		nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded, nats.ErrStaleConnection, nats.ErrConnectionDraining,
		jetstream.ErrNoStreamResponse, jetstream.ErrAsyncPublishTimeout, jetstream.ErrTooManyStalledMsgs,
		jetstream.ErrConnectionClosed, jetstream.ErrServerShutdown, jetstream.ErrNoHeartbeat,
		jetstream.ErrMsgIteratorClosed, jetstream.ErrJetStreamNotEnabled):
		return cure.Unavailable
	}
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return cure.Internal
	}
	return kindOfAPI(api)
}

// kindOfAPI maps the numbered errors of the server, listed in its
// server/errors.json.
func kindOfAPI(api *jetstream.APIError) cure.ErrorKind {
	switch api.ErrorCode {
	case 10002, 10005, 10023, 10028, 10047, // resources of account, cluster, server, memory, disk
		10053, 10077, 10104, 10118, 10167, 10194: // stream limit, store failed or full, offline, too many requests
		return cure.Unavailable
	case 10058, 10065, 10071, 10164: // name in use, subjects overlap, wrong last sequence
		return cure.Conflict
	case 10060, 10052, 10074: // message for another stream, configuration, replicas not possible
		return cure.Invalid
	}
	switch {
	case api.Code == 404:
		return cure.NotFound
	case api.Code == 503 || api.Code == 429 || api.Code == 408:
		return cure.Unavailable
	}
	return cure.Internal
}

// full reports whether the server has no room left: of the disk it may use, of
// a stream's limit, or of its account.
func full(api *jetstream.APIError) bool {
	switch api.ErrorCode {
	case 10002, 10023, 10028, 10047, 10077:
		return true
	}
	return false
}

func isOne(err error, list ...error) bool {
	for _, e := range list {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// found turns NotFound into false.
func found(err error) (bool, error) {
	switch {
	case err == nil:
		return true, nil
	case cure.KindOf(err) == cure.NotFound:
		return false, nil
	}
	return false, err
}
