"""Functions, types and keywords that may stand before a parenthesis in a query of a user.

Pure functions of their arguments only: nothing that reads files, tables, dictionaries, settings, the network or the server.
"""

from __future__ import annotations

_COMBINATORS = (
    "",
    "if",
    "array",
    "arrayif",
    "distinct",
    "distinctif",
    "ornull",
    "ordefault",
    "ifornull",
    "map",
    "foreach",
)
_AGGREGATES = """
    count sum avg min max any anylast anyheavy argmin argmax first_value last_value stddevpop stddevsamp varpop
    varsamp covarpop covarsamp corr skewpop skewsamp kurtpop kurtsamp median medianexact quantile quantiles
    quantileexact quantilesexact quantiletdigest quantilestdigest quantiletiming quantilestiming quantileexactlow
    quantileexacthigh quantileinterpolatedweighted uniq uniqexact uniqcombined uniqcombined64 uniqhll12
    uniqthetasketch grouparray groupuniqarray grouparraysample grouparraylast grouparraymovingsum
    grouparraymovingavg groupbitand groupbitor groupbitxor groupconcat topk topkweighted summap minmap maxmap
    sumkahan sumwithoverflow avgweighted entropy simplelinearregression stochasticlinearregression
    exponentialmovingaverage deltasum deltasumtimestamp histogram boundingratio rankcorr mannwhitneyutest
    studentttest welchttest kolmogorovsmirnovtest cramersv theilsu contingency intervallengthsum maxintersections
    sequencematch sequencecount windowfunnel retention sparkbar largesttrianglethreebuckets flamegraph
    singlevalueornull count_if countif
"""
_SCALARS = """
    abs acos acosh asin asinh atan atan2 atanh cbrt ceil ceiling cos cosh degrees e exp exp10 exp2 floor gcd
    greatest hypot intexp10 intexp2 lcm least ln log log10 log1p log2 mod modulo moduloorzero positivemodulo pi pow
    power radians round roundage roundbankers rounddown roundduration roundtoexp2 sign sin sinh sqrt tan tanh tgamma
    lgamma trunc truncate erf erfc plus minus multiply divide intdiv intdivorzero negate max2 min2 factorial
    proportionsztest equals notequals less greater lessorequals greaterorequals and or xor not isnull isnotnull
    isnan isfinite isinfinite ifnull nullif coalesce assumenotnull tonullable isnulland iszeroornull if multiif case
    caseexpr casewithexpression transform bitand bitor bitxor bitnot bitshiftleft bitshiftright bittest bittestall
    bittestany bitcount bithammingdistance bitslice cast accuratecast accuratecastornull accuratecastordefault
    todate todate32 todatetime todatetime64 todatetimeornull todatetime64ornull todateornull tofixedstring tostring
    touuid touuidornull tobool toint8 toint16 toint32 toint64 toint128 toint256 touint8 touint16 touint32 touint64
    touint128 touint256 tofloat32 tofloat64 todecimal32 todecimal64 todecimal128 toint8ornull toint16ornull
    toint32ornull toint64ornull touint8ornull touint16ornull touint32ornull touint64ornull tofloat32ornull
    tofloat64ornull toint8orzero toint16orzero toint32orzero toint64orzero touint8orzero touint16orzero
    touint32orzero touint64orzero tofloat32orzero tofloat64orzero todecimalstring totypename reinterpret
    reinterpretasint64 reinterpretasuint64 reinterpretasfloat64 reinterpretasstring reinterpretasfixedstring now
    now64 nowinblock today yesterday timezone totimezone timezoneof tounixtimestamp tounixtimestamp64milli
    tounixtimestamp64micro tounixtimestamp64nano tounixtimestamp64second fromunixtimestamp fromunixtimestamp64milli
    fromunixtimestamp64micro fromunixtimestamp64nano fromunixtimestamp64second toyear toquarter tomonth toweek
    toyearweek todayofyear todayofmonth todayofweek tohour tominute tosecond tomillisecond toisoweek toisoyear
    tomonday tolastdayofmonth tostartofyear tostartofisoyear tostartofquarter tostartofmonth tostartofweek
    tostartofday tostartofhour tostartofminute tostartofsecond tostartofmillisecond tostartofmicrosecond
    tostartofnanosecond tostartoffiveminutes tostartoffiveminute tostartoftenminutes tostartoffifteenminutes
    tostartofinterval tolastdayofweek totime toyyyymm toyyyymmdd toyyyymmddhhmmss torelativeyearnum
    torelativemonthnum torelativeweeknum torelativedaynum torelativehournum torelativeminutenum torelativesecondnum
    datediff date_diff timestampdiff timestamp_diff dateadd date_add datesub date_sub timestampadd timestampsub
    timestamp_add timestamp_sub datetrunc date_trunc age addyears addquarters addmonths addweeks adddays addhours
    addminutes addseconds addmilliseconds addmicroseconds addnanoseconds addinterval subtractyears subtractquarters
    subtractmonths subtractweeks subtractdays subtracthours subtractminutes subtractseconds subtractmilliseconds
    subtractinterval formatdatetime formatdatetimeinjodasyntax parsedatetime parsedatetimeornull
    parsedatetimebesteffort parsedatetimebesteffortornull parsedatetime64besteffort parsedatetime64besteffortornull
    datename monthname timeslot timeslots makedate makedate32 makedatetime makedatetime64 tointervalyear
    tointervalquarter tointervalmonth tointervalweek tointervalday tointervalhour tointervalminute tointervalsecond
    tointervalmillisecond tointervalmicrosecond tointervalnanosecond extract date timestamp year month day hour
    minute second week quarter dayofweek dayofmonth dayofyear str_to_date empty notempty length lengthutf8
    char_length character_length octet_length leftpad rightpad leftpadutf8 rightpadutf8 lpad rpad left right
    leftutf8 rightutf8 lower upper lcase ucase lowerutf8 upperutf8 initcap initcaputf8 reverse reverseutf8 concat
    concatwithseparator concat_ws substring substr mid substringutf8 substringindex substring_index
    appendtrailingcharifabsent convertcharset base58encode base58decode base64encode base64decode trybase64decode
    base64urlencode base64urldecode endswith startswith endswithutf8 startswithutf8 trim trimboth trimleft trimright
    ltrim rtrim format replaceone replaceall replace replaceregexpone replaceregexpall regexpquotemeta translate
    translateutf8 position locate positioncaseinsensitive positionutf8 positioncaseinsensitiveutf8 multisearchany
    multisearchfirstindex multisearchfirstposition multisearchallpositions match like notlike ilike notilike
    extractall extractallgroups extractallgroupshorizontal extractallgroupsvertical extractgroups regexpextract
    regexp_extract countsubstrings countsubstringscaseinsensitive countmatches countmatchescaseinsensitive hastoken
    hastokencaseinsensitive hasanytokens hasalltokens hassubsequence tokens ngrams splitbychar splitbystring
    splitbyregexp splitbywhitespace splitbynonalpha alphatokens arraystringconcat ngramdistance ngramsearch
    ngramdistancecaseinsensitive levenshteindistance damerauLevenshteinDistance editdistance jarosimilarity
    jarowinklersimilarity stringjaccardindex ascii char space soundex tovalidutf8 isvalidutf8 normalizequery
    normalizedqueryhash punycodeencode hex unhex bin unbin tohexstring uuidstringtonum uuidnumtostring
    formatreadablesize formatreadablequantity formatreadabletimedelta formatreadabledecimalsize cityhash64 siphash64
    xxhash32 xxhash64 xxh3 farmhash64 murmurhash3_64 murmurhash2_64 md5 sha1 sha256 sha512 halfmd5 crc32 inthash32
    inthash64 wyhash64 rand rand32 rand64 randcanonical generateuuidv4 domain domainwithoutwww toplevelddomain
    protocol path pathfull querystring fragment port extracturlparameter extracturlparameters
    extracturlparameternames cutquerystring cutfragment cutwww decodeurlcomponent encodeurlcomponent netloc array
    range arrayconcat arrayelement arrayelementornull has hasall hasany hassubstr indexof arraycount countequal
    arrayenumerate arrayenumerateuniq arraypopback arraypopfront arraypushback arraypushfront arrayresize arrayslice
    arraysort arrayreversesort arraypartialsort arrayuniq arraydifference arraydistinct arrayintersect arrayunion
    arraysymmetricdifference arrayreverse arrayflatten flatten arraycompact arrayzip
    arrayzipunaligned arrayauc arrayrocauc arraymap arrayfilter arrayfill arrayreversefill arraysplit
    arrayreversesplit arrayexists arrayall arrayfirst arrayfirstornull arraylast arraylastornull arrayfirstindex
    arraylastindex arraymin arraymax arraysum arrayavg arraycumsum arraycumsumnonnegative arrayproduct
    arrayrotateleft arrayrotateright arrayshiftleft arrayshiftright arrayfold arraynormalizedgini arrayjoin
    arraywithconstant emptyarraystring emptyarrayuint64 arrayremove arraydotproduct l1distance l2distance
    cosinedistance l1norm l2norm dotproduct map mapfromarrays mapkeys mapvalues mapcontains mapcontainskey
    mapcontainsvalue mapcontainskeylike mapextractkeylike mapcontainsvaluelike mapextractvaluelike mapapply
    mapfilter mapupdate mapconcat mapexists mapall mapsort mapreversesort mapadd mapsubtract tuple tupleelement
    untuple tupleconcat tupletonamevaluepairs tuplenames flattentuple tupleplus tupleminus jsonextract
    jsonextractstring jsonextractint jsonextractuint jsonextractfloat jsonextractbool jsonextractraw
    jsonextractarrayraw jsonextractkeysandvalues jsonextractkeysandvaluesraw jsonextractkeys jsonhas jsonlength
    jsontype isvalidjson json_exists json_query json_value tojsonstring simplejsonhas simplejsonextractstring
    simplejsonextractint simplejsonextractuint simplejsonextractfloat simplejsonextractbool simplejsonextractraw
    visitparamextractstring jsonmergepatch row_number rank dense_rank percent_rank cume_dist ntile lag lead
    laginframe leadinframe nth_value nonnegativederivative runningdifference neighbor bar widthbucket width_bucket
    identity ignore materialize seriesdecomposestl seriesoutliersdetecttukey seriesperioddetectfft grouping
    ipv4numtostring ipv4stringtonum toipv4 toipv6 ipv6numtostring isipv4string isipv6string isipaddressinrange
    greatcircledistance geodistance countdigits minsamplesizecontinuous minsamplesizeconversion
"""
_AGGREGATE_NAMES = frozenset(_AGGREGATES.lower().split())
FUNCTIONS = frozenset(_SCALARS.lower().split()) | {name + c for name in _AGGREGATE_NAMES for c in _COMBINATORS}
TYPES = frozenset(
    [
        "array",
        "map",
        "tuple",
        "nested",
        "nullable",
        "lowcardinality",
        "fixedstring",
        "decimal",
        "decimal32",
        "decimal64",
        "decimal128",
        "datetime",
        "datetime64",
        "date",
        "date32",
        "string",
        "uuid",
        "enum8",
        "enum16",
        "bool",
        "boolean",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float32",
        "float64",
        "variant",
    ]
)
KEYWORDS = frozenset(
    [
        "select",
        "from",
        "where",
        "prewhere",
        "and",
        "or",
        "not",
        "in",
        "as",
        "on",
        "using",
        "by",
        "having",
        "with",
        "over",
        "partition",
        "order",
        "union",
        "all",
        "except",
        "intersect",
        "distinct",
        "case",
        "when",
        "then",
        "else",
        "end",
        "between",
        "like",
        "ilike",
        "join",
        "sets",
        "rollup",
        "cube",
        "is",
        "limit",
        "offset",
        "values",
        "interval",
        "global",
        "any",
        "asof",
        "semi",
        "anti",
        "left",
        "right",
        "inner",
        "outer",
        "cross",
        "full",
        "columns",
        "replace",
        "apply",
        "qualify",
        "window",
        "exists",
        "array",
        "final",
        "to",
    ]
)
DOCUMENTED = sorted(frozenset(_SCALARS.split()) | frozenset(_AGGREGATES.split()))
