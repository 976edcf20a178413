import { failuresOf } from '@gatewire/testkit';
import { UwsgiProtocolError } from '@gatewire/uwsgi';

export const { failureOf, describeFailure } = failuresOf(UwsgiProtocolError);
