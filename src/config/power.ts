import * as z from 'zod';

const text = z.string().min(1);
const port = (otherwise: number) => z.int().min(1).max(65_535).default(otherwise);
const OfHost = {
  /** The host that is switched: the name that Proxmox or Kubernetes gives it. */
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'must be a host name in lower case'),
  /** Where the host answers; absent = its name. */
  hostAddress: text.optional(),
};

/** One outlet of a Kasa power strip, with the one host behind it. */
const Outlet = z.strictObject({
  ...OfHost,
  strip: text,
  address: text,
  port: port(9999),
  /** Full id of the outlet, from get_sysinfo. */
  child: z.string().regex(/^[0-9A-Fa-f]{40}\d{2}$/, 'must be the 42 characters of one outlet'),
  idleWatts: z.number().positive().default(10),
  alsoFeeds: z.array(text).default([]),
});

/** A management controller that speaks Redfish: iDRAC, iLO, XCC, newer Supermicro and ASRock Rack. */
const Redfish = z
  .strictObject({
    ...OfHost,
    url: z.url({ protocol: /^https$/ }),
    user: text,
    passwordFile: text,
    /** Id of the system, where the controller has several. */
    system: text.optional(),
    /** File with the CA of the controller (PEM). */
    ca: text.optional(),
    /** Or the SHA-256 fingerprint of its certificate. Neither = the certificates of the system; there is no "insecure". */
    fingerprints: z
      .array(z.string().regex(/^([0-9A-Fa-f]{2}:?){32}$/, 'must be a SHA-256 fingerprint'))
      .min(1)
      .optional(),
  })
  .refine(
    ({ ca, fingerprints }) => ca === undefined || fingerprints === undefined,
    'takes ca or fingerprints, not both',
  );

/** A management controller that speaks IPMI 2.0, through the program `ipmitool`. */
const Ipmi = z.strictObject({
  ...OfHost,
  address: z.string().regex(/^[A-Za-z0-9.:-]+$/, 'must be an address or a name'),
  port: port(623),
  user: z.string().regex(/^[A-Za-z0-9_.@-]{1,16}$/, 'must be a user of IPMI: 16 characters at most'),
  /** File that holds the password alone; ipmitool reads it, so its path holds no blanks. */
  passwordFile: z.string().regex(/^[A-Za-z0-9_@%+=:,./~-]+$/, 'must be a path without blanks'),
  /** 17 = SHA-256; controllers from before about 2016 know only 3. */
  cipherSuite: z.int().min(0).max(17).default(17),
});

/** A host that can only be woken, by a magic packet. */
const Wake = z.strictObject({
  ...OfHost,
  mac: z.string().regex(/^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$/, 'must be a MAC address'),
  /** Broadcast address of its network. */
  broadcast: z.ipv4().default('255.255.255.255'),
  port: port(9),
});

/** What gives hosts their power. One way per host: two would make it unclear what was switched. */
export const Power = z
  .strictObject({
    outlets: z.array(Outlet).default([]),
    redfish: z.array(Redfish).default([]),
    ipmi: z.array(Ipmi).default([]),
    wake: z.array(Wake).default([]),
  })
  .refine((power) => {
    const names = Object.values(power).flatMap((ways) => ways.map(({ name }) => name));
    return new Set(names).size === names.length;
  }, 'two ways are for one host');
export type PowerConfig = z.output<typeof Power>;
