import fc from 'fast-check';

// Without the second option `maxLength: 300` never makes arrays above 10 bytes, and length bugs survive.
fc.configureGlobal({ seed: Number(process.env['FC_SEED']), defaultSizeToMaxWhenMaxSpecified: true });
