import { failuresOf } from '@gatewire/testkit';
import { FcgiProtocolError } from '@gatewire/fastcgi';

export const { failureOf, describeFailure } = failuresOf(FcgiProtocolError);
